// @vitest-environment node
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createClient, TidingsProvider, usePendingUpdates } from "@tidings/react";
import { renderToString } from "react-dom/server";
import { BASE } from "../support/server.js";

function State() {
  return usePendingUpdates().state;
}

test("a server renders a page that is still loading, and requests nothing", () => {
  const html = renderToString(
    <QueryClientProvider client={new QueryClient()}>
      <TidingsProvider client={createClient({ baseUrl: BASE })}>
        <State />
      </TidingsProvider>
    </QueryClientProvider>,
  );
  expect(html).toBe("loading");
});
