import { useQueryClient } from "@tanstack/react-query";
import {
  ApiError,
  type Connection,
  HoldingsTable,
  type Portfolio,
  type RefreshResult,
  tidingsQueries,
  UpdatesBanner,
  useHoldings,
  usePendingUpdates,
  useTidingsClient,
} from "@tidings/react";
import { ConnectionList, ReconnectNotice, useConnections } from "@tidings/react/connections";
import { describeRefresh } from "@tidings/react/intents";
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { AllocationPanel } from "../allocation/AllocationPanel.tsx";
import { RecentChanges } from "../changes/RecentChanges.tsx";
import { useLocalCloud } from "../local/LocalCloud.tsx";
import { localization, say, texts } from "../locales/texts.ts";
import { Accounts } from "./Accounts.tsx";
import { ConnectButtons } from "./ConnectButtons.tsx";
import { Duplicates } from "./Duplicates.tsx";
import { Header } from "./Header.tsx";
import { Overview } from "./Overview.tsx";
import { PaidRefresh } from "./PaidRefresh.tsx";
import { RefreshButton } from "./RefreshButton.tsx";
import { RefreshReport } from "./RefreshReport.tsx";
import { SignedOut, Skeleton, Unreachable } from "./States.tsx";
import { showRefreshToast } from "./toasts.ts";
import { type Connecting, useConnecting } from "./useConnecting.ts";

const isSignedOut = (error: Error | null) => error instanceof ApiError && error.status === 401;

export function PortfolioPage({ offersPaidRefresh }: { offersPaidRefresh: boolean }) {
  const holdings = useHoldings();
  const pending = usePendingUpdates();
  const isUserSignedOut = isSignedOut(holdings.error) || isSignedOut(pending.error);
  return (
    <>
      <Header isSignedIn={!isUserSignedOut && holdings.data !== undefined} />
      <main>
        <h1 className="visually-hidden">{texts.page.title}</h1>
        {isUserSignedOut ? (
          <SignedOut />
        ) : holdings.data ? (
          <SignedIn portfolio={holdings.data} loadError={holdings.error} offersPaidRefresh={offersPaidRefresh} />
        ) : holdings.error ? (
          <Unreachable
            error={holdings.error}
            onRetry={() => void holdings.refetch()}
            isRetrying={holdings.isFetching}
          />
        ) : (
          <Skeleton />
        )}
      </main>
    </>
  );
}

interface SignedInProps {
  portfolio: Portfolio;
  /** The error of the last attempt to load the portfolio. */
  loadError: Error | null;
  offersPaidRefresh: boolean;
}

function SignedIn({ portfolio, loadError, offersPaidRefresh }: SignedInProps) {
  const { data: connections, error } = useConnections();
  const reload = useReload();
  const connecting = useConnecting(reload);
  const [report, setReport] = useState<RefreshResult | null>(null);
  const reportRefresh = (result: RefreshResult) => {
    showRefreshToast(describeRefresh(result, localization));
    if (result.portfolio) setReport(result);
  };
  const actions = (
    <div className="tidings-actions">
      <RefreshButton onRefreshed={reportRefresh} />
      {offersPaidRefresh && <PaidRefresh />}
    </div>
  );
  const isNew = connections?.length === 0 && portfolio.holdings.length === 0;
  return (
    <>
      <UpdatesBanner onRefreshed={reportRefresh} />
      {loadError && (
        <p className="stale" role="status">
          {say(texts.page.stale, { reason: loadError.message })}
        </p>
      )}
      <ReconnectNotice connections={connections ?? []} onReconnect={connecting.reconnect} isBusy={connecting.isBusy} />
      {isNew ? (
        <Welcome connecting={connecting} />
      ) : (
        <>
          {report && <RefreshReport result={report} onClose={() => setReport(null)} />}
          {portfolio.metadata.last_updated === null ? (
            <FirstRefresh actions={actions} />
          ) : (
            <Figures portfolio={portfolio} connections={connections ?? []} actions={actions} />
          )}
          <section className="card" aria-labelledby="connections">
            <h2 id="connections">{texts.connections.title}</h2>
            {connections ? (
              <>
                <Duplicates connections={connections} onDisconnect={connecting.disconnect} isBusy={connecting.isBusy} />
                <ConnectionList
                  connections={connections}
                  onReconnect={connecting.reconnect}
                  onDisconnect={connecting.disconnect}
                  onDisconnectAll={connecting.disconnectAll}
                  isBusy={connecting.isBusy}
                />
              </>
            ) : (
              <p className="tidings-empty">
                {error ? say(texts.connections.failed, { reason: error.message }) : texts.connections.loading}
              </p>
            )}
            <div className="connections-foot">
              <ConnectButtons onConnect={connecting.connect} isBusy={connecting.isBusy} />
            </div>
          </section>
          <RecentChanges portfolio={portfolio} connections={connections ?? []} />
        </>
      )}
    </>
  );
}

interface FiguresProps {
  portfolio: Portfolio;
  connections: readonly Connection[];
  actions: ReactNode;
}

function Figures({ portfolio, connections, actions }: FiguresProps) {
  return (
    <>
      <Overview portfolio={portfolio} connections={connections} actions={actions} />
      <AllocationPanel portfolio={portfolio} />
      <section className="card" aria-labelledby="holdings">
        <h2 id="holdings">{texts.holdings.title}</h2>
        <HoldingsTable
          holdings={portfolio.holdings}
          convertedTotal={portfolio.converted_total}
          empty={texts.holdings.empty}
        />
      </section>
      <Accounts portfolio={portfolio} />
    </>
  );
}

function FirstRefresh({ actions }: { actions: ReactNode }) {
  return (
    <section className="card" aria-labelledby="first">
      <h2 id="first">{texts.welcome.firstTitle}</h2>
      <p>{texts.welcome.firstText}</p>
      {actions}
    </section>
  );
}

function Welcome({ connecting }: { connecting: Connecting }) {
  return (
    <section className="card centred" aria-labelledby="welcome">
      <h2 id="welcome">{texts.welcome.title}</h2>
      <p>{texts.welcome.text}</p>
      <ConnectButtons onConnect={connecting.connect} isBusy={connecting.isBusy} isPrimary />
    </section>
  );
}

const LOCAL_POLL_MS = 3_000;

/** Refetch the connections when the pending poll changes; the local cloud is polled more often. Returns a full reload. */
function useReload(): () => void {
  const queries = useQueryClient();
  const client = useTidingsClient();
  const { byProvider, refetch } = usePendingUpdates();
  const isLocal = useLocalCloud() !== null;
  const reload = useCallback(() => {
    void queries.invalidateQueries({ queryKey: tidingsQueries(client).keys.all });
  }, [queries, client]);
  const state = JSON.stringify(byProvider);
  const previousState = useRef(state);
  useEffect(() => {
    if (previousState.current === state) return;
    previousState.current = state;
    void queries.invalidateQueries({ queryKey: tidingsQueries(client).keys.connections });
  }, [state, queries, client]);
  useEffect(() => {
    if (!isLocal) return;
    const timer = setInterval(() => void refetch(), LOCAL_POLL_MS);
    return () => clearInterval(timer);
  }, [isLocal, refetch]);
  return reload;
}
