import { AutoRouter, cors, error } from "itty-router";

const { preflight, corsify } = cors();
const router = AutoRouter({ before: [preflight], finally: [corsify] });
router.get("/hello/:name", ({ name }) => ({ greeting: `Hello, ${name}!` }));
router.get("/teapot", () => error(418, "short and stout"));

export default router;
