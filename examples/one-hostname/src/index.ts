import { mount, upstream } from "hedge:route";

// The longest prefix that fits wins. The origins see paths without it, and their
// redirects and cookies come back with it. "https://docs.example.com" would do, too.
export default {
  fetch: mount({
    "/blog": upstream("blog"),
    "/docs": upstream("docs"),
    "/": upstream("home"),
  }),
};
