import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createClient, TidingsProvider } from "@tidings/react";
import { useState } from "react";
import { ErrorBoundary } from "react-error-boundary";
import { Toaster } from "sonner";
import type { Config } from "./config.ts";
import { createTokenGetter } from "./config.ts";
import { LocalCloudProvider } from "./local/LocalCloud.tsx";
import { catalogues, locale } from "./locales/texts.ts";
import { PortfolioPage } from "./portfolio/PortfolioPage.tsx";
import { CrashedPage } from "./portfolio/States.tsx";
import { useTheme } from "./theme.ts";
import { loadCurrency } from "./total/currencyChoice.ts";

/** Create the state of one signed-in user. Another user gets a new session, so that no data of the first remains. */
function createSession(config: Config) {
  return {
    id: crypto.randomUUID(),
    client: createClient({ baseUrl: config.baseUrl, getToken: createTokenGetter(config), getCurrency: loadCurrency }),
    queries: new QueryClient(),
  };
}

export function App({ config }: { config: Config }) {
  const [session, setSession] = useState(() => createSession(config));
  return (
    <QueryClientProvider client={session.queries} key={session.id}>
      <TidingsProvider client={session.client} locale={locale} catalogues={catalogues}>
        <LocalCloudProvider isPossible={config.baseUrl === ""} onUserChanged={() => setSession(createSession(config))}>
          <ErrorBoundary FallbackComponent={CrashedPage}>
            <PortfolioPage offersPaidRefresh={config.paidRefresh} />
          </ErrorBoundary>
        </LocalCloudProvider>
      </TidingsProvider>
      <Toaster theme={useTheme()} position="bottom-left" closeButton />
    </QueryClientProvider>
  );
}
