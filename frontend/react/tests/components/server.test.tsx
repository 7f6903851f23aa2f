// @vitest-environment node
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createClient, TidingsProvider, tidingsQueries } from "@tidings/react";
import { PortfolioView } from "@tidings/react/view";
import { renderToString } from "react-dom/server";
import { BASE, recordedResponse, stubRoute } from "../support/server.js";

async function renderOnServer(isPrefetched: boolean) {
  const queryClient = new QueryClient();
  const client = createClient({ baseUrl: BASE });
  if (isPrefetched) await queryClient.prefetchQuery(tidingsQueries(client).holdings());
  return renderToString(
    <QueryClientProvider client={queryClient}>
      <TidingsProvider client={client}>
        <PortfolioView locale="en-US" />
      </TidingsProvider>
    </QueryClientProvider>,
  );
}

test("a server renders that the portfolio is loading", async () => {
  expect(await renderOnServer(false)).toContain("Loading your portfolio…");
});

test("a server renders a portfolio that the host has loaded before", async () => {
  stubRoute("get", "/holdings", recordedResponse("holdings"));
  const html = await renderOnServer(true);
  expect(html).toContain("<table");
  expect(html).toContain("MSFT");
});
