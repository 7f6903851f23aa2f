import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The first browsers with light-dark(): without them the style sheets grow by a fallback for each colour.
export default defineConfig({
  plugins: [react()],
  build: {
    target: ["chrome123", "firefox120", "safari17.5"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
