import "@tidings/react/styles.css";
import "@tidings/react/connections.css";
import "sonner/dist/styles.css";
import "./styles/tokens.css";
import "./styles/layout.css";
import "./styles/controls.css";
import "./styles/toasts.css";
import "./allocation/allocation.css";
import "./total/total.css";
import "./history/history.css";
import "./changes/changes.css";
import "./connecting/connecting.css";
import "./portfolio/accounts.css";
import "./portfolio/freshness/freshness.css";
import "./portfolio/states.css";
import { DEFAULTS, loadConfig } from "./config.ts";
import { startEarlyRequests } from "./earlyRequests.ts";
import { applyTheme } from "./theme.ts";

// This file stays small: it runs before the page's code has arrived, and starts what that will wait for.
applyTheme();
const config = loadConfig().catch((error: unknown) => {
  console.error("/config.json can’t be read; the page uses its own origin as the API.", error);
  return DEFAULTS;
});
const firstFetch = config.then(startEarlyRequests);
// No top-level await: the imported code may import a part of this file's, and would wait for it forever.
import("./renderPage.tsx")
  .then(async ({ renderPage }) => renderPage(await config, await firstFetch))
  .catch((error: unknown) => {
    console.error("The page’s code can’t be loaded.", error);
    document.getElementById("root")?.remove();
    document.getElementById("not-loaded")?.removeAttribute("hidden");
  });
