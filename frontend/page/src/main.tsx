import "@tidings/react/styles.css";
import "sonner/dist/styles.css";
import "./styles/tokens.css";
import "./styles/layout.css";
import "./styles/controls.css";
import "./allocation/allocation.css";
import "./total/total.css";
import "./history/history.css";
import "./changes/changes.css";
import "./connecting/connecting.css";
import "./portfolio/total.css";
import "./portfolio/accounts.css";
import "./portfolio/freshness/freshness.css";
import "./portfolio/states.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { DEFAULTS, loadConfig } from "./config.ts";
import { texts } from "./locales/texts.ts";
import { applyTheme } from "./theme.ts";

applyTheme();
document.documentElement.lang = texts.language;
const root = document.getElementById("root");
if (root === null) throw new Error("The page has no #root.");
const config = await loadConfig().catch((error: unknown) => {
  console.error("/config.json can’t be read; the page uses its own origin as the API.", error);
  return DEFAULTS;
});
createRoot(root).render(
  <StrictMode>
    <App config={config} />
  </StrictMode>,
);
