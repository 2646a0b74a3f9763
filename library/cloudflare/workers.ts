// cloudflare:workers, as far as what frameworks build for Cloudflare Workers needs it:
// https://developers.cloudflare.com/workers/runtime-apis/bindings/#importing-env-as-a-global
import { environment } from "hedge:runtime";

/** The app's vars, in an object of its own, so that an app can add what stands for a binding: env.ASSETS, say. */
export const env: Record<string, unknown> = { ...environment() };

/** What a class extends whose objects a library for calls, such as Cap'n Web, passes by reference. */
export class RpcTarget {}

// What such libraries ask of a value whether it is: nothing here makes one.
export class RpcStub {}
export class RpcPromise {}
export class RpcProperty {}
export class ServiceStub {}
