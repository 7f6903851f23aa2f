import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createClient, TidingsProvider } from "@tidings/react";
import { useState } from "react";
import { ErrorBoundary } from "react-error-boundary";
import { Toaster } from "sonner";
import type { Config } from "./config.ts";
import { tokenSource } from "./config.ts";
import { LocalCloudProvider } from "./local/LocalCloud.tsx";
import { PortfolioPage } from "./portfolio/PortfolioPage.tsx";
import { Broken } from "./portfolio/States.tsx";
import { useTheme } from "./theme.ts";

/** Everything that belongs to one signed-in user; another user gets a new one, and nothing of the first is left. */
function newSession(config: Config) {
  return {
    id: crypto.randomUUID(),
    client: createClient({ baseUrl: config.baseUrl, getToken: tokenSource(config) }),
    queries: new QueryClient(),
  };
}

export function App({ config }: { config: Config }) {
  const [session, setSession] = useState(() => newSession(config));
  return (
    <QueryClientProvider client={session.queries} key={session.id}>
      <TidingsProvider client={session.client}>
        <LocalCloudProvider isPossible={config.baseUrl === ""} onUserChanged={() => setSession(newSession(config))}>
          <ErrorBoundary FallbackComponent={Broken}>
            <PortfolioPage offersPaidRefresh={config.paidRefresh} />
          </ErrorBoundary>
        </LocalCloudProvider>
      </TidingsProvider>
      <Toaster theme={useTheme()} position="bottom-left" closeButton />
    </QueryClientProvider>
  );
}
