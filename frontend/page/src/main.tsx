import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createClient, TidingsProvider } from "@tidings/react";
import "@tidings/react/styles.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no #root.");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={new QueryClient()}>
      <TidingsProvider client={createClient({ baseUrl: "" })}>
        <h1>Portfolio</h1>
      </TidingsProvider>
    </QueryClientProvider>
  </StrictMode>,
);
