import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createClient, TidingsProvider } from "@tidings/react";
import { useState } from "react";
import { ErrorBoundary } from "react-error-boundary";
import type { Config } from "./config.ts";
import { createTokenGetter } from "./config.ts";
import { LocalCloudProvider } from "./local/LocalCloud.tsx";
import { catalogues, locale } from "./locales/texts.ts";
import { PortfolioPage } from "./portfolio/PortfolioPage.tsx";
import { CrashedPage } from "./portfolio/States.tsx";
import { loadCurrency } from "./total/storedCurrency.ts";

/** Create the state of one signed-in user. Another user gets a new session, so that no data of the first remains. */
function createSession(config: Config, fetch?: typeof globalThis.fetch) {
  return {
    id: crypto.randomUUID(),
    client: createClient({
      baseUrl: config.baseUrl,
      getToken: createTokenGetter(config),
      getCurrency: loadCurrency,
      fetch,
    }),
    queries: new QueryClient(),
  };
}

interface AppProps {
  config: Config;
  /** For the first session only: its first requests may be on their way. */
  firstFetch?: typeof fetch;
}

export function App({ config, firstFetch }: AppProps) {
  const [session, setSession] = useState(() => createSession(config, firstFetch));
  return (
    <QueryClientProvider client={session.queries} key={session.id}>
      <TidingsProvider client={session.client} locale={locale} catalogues={catalogues}>
        <LocalCloudProvider isPossible={config.baseUrl === ""} onUserChanged={() => setSession(createSession(config))}>
          <ErrorBoundary FallbackComponent={CrashedPage}>
            <PortfolioPage offersPaidRefresh={config.paidRefresh} />
          </ErrorBoundary>
        </LocalCloudProvider>
      </TidingsProvider>
    </QueryClientProvider>
  );
}
