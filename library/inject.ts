// What packages expect as a global. A module that mentions it gets it from here.
export { default as process } from "node:process";
