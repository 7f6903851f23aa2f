import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Strip the script that inserts sonner's style sheet, because the CSP rejects it. The page imports the sheet instead. */
const withoutInlineStyles = (): Plugin => ({
  name: "sonner-without-inline-styles",
  transform: {
    filter: { id: /sonner\/dist\/index\.mjs$/ },
    handler(code) {
      const stripped = code.replace(/^__insertCSS\(.*\);$/m, "");
      if (stripped === code) this.error("sonner inserts its style sheet in a new way: adapt the pattern");
      return { code: stripped, map: null };
    },
  },
});

// The first browsers with light-dark(). Older targets would add a fallback for each colour to the style sheets.
export default defineConfig({
  plugins: [react(), withoutInlineStyles()],
  build: {
    target: ["chrome123", "firefox120", "safari17.5"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
