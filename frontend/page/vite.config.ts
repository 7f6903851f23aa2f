import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { renderPlaceholders, SKELETON } from "./src/skeleton.ts";

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

/** Show the page's shape before any script runs. */
const withSkeleton = (): Plugin => ({
  name: "skeleton",
  transformIndexHtml: (html) => html.replace("<!--skeleton-->", renderPlaceholders(SKELETON)),
});

/**
 * Let the browser load the page's code beside the small entry, which imports it dynamically. Not as a module preload:
 * that would compile the code before the entry runs.
 */
const withPreloadedPage = (): Plugin => ({
  name: "preloaded-page",
  transformIndexHtml: {
    order: "post",
    handler(_html, { bundle = {} }) {
      const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
      const page = chunks.find(({ name }) => name === "renderPage");
      if (page === undefined) return [];
      const loaded = chunks.filter(({ fileName, isEntry }) => page.imports.includes(fileName) && !isEntry);
      return [page, ...loaded].map(({ fileName }) => ({
        tag: "link",
        attrs: { rel: "preload", as: "script", crossorigin: true, href: `/${fileName}` },
        injectTo: "head",
      }));
    },
  },
});

// The first browsers with light-dark(). Older targets would add a fallback for each colour to the style sheets.
export default defineConfig({
  plugins: [react(), withoutInlineStyles(), withPreloadedPage(), withSkeleton()],
  build: {
    target: ["chrome123", "firefox120", "safari17.5"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
