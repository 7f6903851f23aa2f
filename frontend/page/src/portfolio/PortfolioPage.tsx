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
import { type ReactNode, useEffect, useRef, useState } from "react";
import { AllocationPanel } from "../allocation/AllocationPanel.tsx";
import { AddAccount } from "../connecting/AddAccount.tsx";
import { AddAccountDialog } from "../connecting/AddAccountDialog.tsx";
import { Duplicates } from "../connecting/Duplicates.tsx";
import { ImportNotice, isImporting } from "../connecting/ImportNotice.tsx";
import { type Connecting, useConnecting } from "../connecting/useConnecting.ts";
import { useLocalCloud } from "../local/LocalCloud.tsx";
import { localization, say, texts } from "../locales/texts.ts";
import { Accounts } from "./Accounts.tsx";
import { Header } from "./Header.tsx";
import { Overview } from "./Overview.tsx";
import { PaidRefresh } from "./PaidRefresh.tsx";
import { RefreshButton } from "./RefreshButton.tsx";
import { RefreshReport } from "./RefreshReport.tsx";
import { SignedOut, Skeleton, Unreachable } from "./States.tsx";
import { showRefreshToast } from "./toasts.ts";

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
  useConnectionReload();
  const connecting = useConnecting(connections);
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
  const isImportShown = Object.values(connecting.imports).some(({ phase }) => phase !== null);
  const isNew = connections?.length === 0 && portfolio.holdings.length === 0 && !isImportShown;
  return (
    <>
      {useIsBannerNeeded(connecting, connections !== undefined || error !== null) && (
        <UpdatesBanner onRefreshed={reportRefresh} />
      )}
      {loadError && (
        <p className="stale" role="status">
          {say(texts.page.stale, { reason: loadError.message })}
        </p>
      )}
      <ImportNotice imports={connecting.imports} />
      {connecting.isAdding && (
        <AddAccountDialog onChoose={connecting.connect} onClose={() => connecting.setAdding(false)} />
      )}
      <ReconnectNotice connections={connections ?? []} onReconnect={connecting.reconnect} isBusy={connecting.isBusy} />
      {isNew ? (
        <Welcome connecting={connecting} />
      ) : (
        <>
          {report && <RefreshReport result={report} onClose={() => setReport(null)} />}
          {portfolio.metadata.last_updated !== null && (
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
              <AddAccount connecting={connecting} />
            </div>
          </section>
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
      <div className="grid">
        <Overview portfolio={portfolio} connections={connections} actions={actions} />
        <AllocationPanel portfolio={portfolio} />
      </div>
      <section className="card" aria-labelledby="holdings">
        <h2 id="holdings">{texts.holdings.title}</h2>
        <HoldingsTable holdings={portfolio.holdings} empty={texts.holdings.empty} />
      </section>
      <Accounts portfolio={portfolio} />
    </>
  );
}

/** Whether the banner may show: not while all updates are those of an import. It keeps the focus, so it stays mounted else. */
function useIsBannerNeeded({ imports }: Connecting, areConnectionsKnown: boolean): boolean {
  const { byProvider } = usePendingUpdates();
  const names = ["plaid", "snaptrade"] as const;
  const importing = names.filter((name) => isImporting(imports[name]));
  const hasOther = names.some((name) => byProvider[name]?.has_pending_updates && !importing.includes(name));
  return areConnectionsKnown && (importing.length === 0 || hasOther);
}

function Welcome({ connecting }: { connecting: Connecting }) {
  return (
    <section className="card centred" aria-labelledby="welcome">
      <h2 id="welcome">{texts.welcome.title}</h2>
      <p>{texts.welcome.text}</p>
      <AddAccount connecting={connecting} isPrimary />
    </section>
  );
}

const LOCAL_POLL_MS = 3_000;

/** Refetch the connections when the pending poll changes; the local cloud is polled more often. */
function useConnectionReload(): void {
  const queries = useQueryClient();
  const client = useTidingsClient();
  const { byProvider, refetch } = usePendingUpdates();
  const isLocal = useLocalCloud() !== null;
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
}
