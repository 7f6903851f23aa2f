import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import type { Config } from "./config.ts";
import { texts } from "./locales/texts.ts";

/** Replace the placeholders of index.html by the page. */
export function renderPage(config: Config, firstFetch: typeof fetch): void {
  document.documentElement.lang = texts.language;
  const root = document.getElementById("root");
  if (root === null) throw new Error("The page has no #root.");
  createRoot(root).render(
    <StrictMode>
      <App config={config} firstFetch={firstFetch} />
    </StrictMode>,
  );
}
