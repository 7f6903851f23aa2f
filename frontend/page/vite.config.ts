import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** sonner writes its style sheet into the page by script, which a strict policy refuses: the page links it instead. */
const withoutInlineStyles = (): Plugin => ({
  name: "sonner-without-inline-styles",
  transform: {
    filter: { id: /sonner\/dist\/index\.mjs$/ },
    handler(code) {
      const stripped = code.replace(/^__insertCSS\(.*\);$/m, "");
      if (stripped === code) this.error("sonner no longer writes its style sheet as it did: look at its new way");
      return { code: stripped, map: null };
    },
  },
});

// The first browsers with light-dark(): without them the style sheets grow by a fallback for each colour.
export default defineConfig({
  plugins: [react(), withoutInlineStyles()],
  build: {
    target: ["chrome123", "firefox120", "safari17.5"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
