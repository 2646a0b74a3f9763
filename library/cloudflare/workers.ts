// cloudflare:workers, as far as what frameworks build for Cloudflare Workers needs it:
// https://developers.cloudflare.com/workers/runtime-apis/bindings/#importing-env-as-a-global
import { environment } from "hedge:runtime";

/** The app's vars, in an object of its own, so that an app can add what stands for a binding: env.ASSETS, say. */
export const env: Record<string, unknown> = { ...environment() };
