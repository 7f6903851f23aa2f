import { fileURLToPath } from "node:url";

/** @type {import("next").NextConfig} */
export default {
  // The lock file beside this one decides, not that of a folder above.
  turbopack: { root: fileURLToPath(new URL(".", import.meta.url)) },
  outputFileTracingRoot: fileURLToPath(new URL(".", import.meta.url)),
};
