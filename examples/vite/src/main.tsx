import "@tidings/react/styles.css";
import "@tidings/react/connections.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createClient, TidingsProvider } from "@tidings/react";
import { PortfolioView } from "@tidings/react/view";
import { de } from "@tidings/react/locales/de";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Gallery } from "./Gallery";

const baseUrl: string = import.meta.env.VITE_TIDINGS_URL ?? "http://127.0.0.1:3000";
const client = createClient({ baseUrl });
const queries = new QueryClient();
const catalogues = [de];
const settings = new URLSearchParams(location.search);

const signedOut = (
  <p>
    You are signed out. <a href={baseUrl}>Sign in to the local cloud</a>, then reload this page.
  </p>
);

const Portfolio = () => (
  <>
    <h1>Portfolio</h1>
    <PortfolioView states={{ signed_out: signedOut }} />
  </>
);

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no #root.");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <TidingsProvider client={client} locale={settings.get("locale") ?? "en"} catalogues={catalogues}>
        <nav>
          <a href="/">Portfolio</a> · <a href="/?page=gallery">Gallery</a> ·{" "}
          <a href="/?page=gallery&locale=de">Deutsch</a>
        </nav>
        <main>
          {settings.get("page") === "gallery" ? <Gallery /> : <Portfolio />}
        </main>
      </TidingsProvider>
    </QueryClientProvider>
  </StrictMode>,
);
