// A million rejections that nobody handles, and a listener that makes more of them.
// outcome: exceeded-cpu | exceeded-memory
// status: 503
// then: ok

export default async function () {
  addEventListener("unhandledrejection", () => { Promise.reject(1); Promise.reject(2); });
  for (let i = 0; i < 1e6; i++) Promise.reject(new Error("nobody"));
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
