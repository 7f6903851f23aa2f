import { useQueryClient } from "@tanstack/react-query";
import {
  ApiError,
  type Connection,
  HoldingsTable,
  type Portfolio,
  tidingsQueries,
  UpdatesBanner,
  useHoldings,
  usePendingUpdates,
  useTidingsClient,
} from "@tidings/react";
import { ConnectionList, ReconnectNotice, useConnections } from "@tidings/react/connections";
import { explainError } from "@tidings/react/intents";
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import { AllocationPanel } from "../allocation/AllocationPanel.tsx";
import { RecentChanges } from "../changes/RecentChanges.tsx";
import { AddAccount } from "../connecting/AddAccount.tsx";
import { AddAccountDialog } from "../connecting/AddAccountDialog.tsx";
import { Duplicates } from "../connecting/Duplicates.tsx";
import { describeImport, ImportNotice, isImporting } from "../connecting/ImportNotice.tsx";
import { ReplaceDialog } from "../connecting/ReplaceDialog.tsx";
import { type Connecting, useConnecting } from "../connecting/useConnecting.ts";
import { useLocalCloud } from "../local/LocalCloud.tsx";
import { localization, say, texts } from "../locales/texts.ts";
import { Accounts } from "./Accounts.tsx";
import { changeLabel, indexChanges } from "./freshness/changes.ts";
import { HoldingChanges } from "./freshness/HoldingChanges.tsx";
import { type RefreshOutcome, useRefreshOutcome } from "./freshness/useRefreshOutcome.ts";
import { Header } from "./Header.tsx";
import { Overview } from "./Overview.tsx";
import { PaidRefresh } from "./PaidRefresh.tsx";
import { RefreshButton } from "./RefreshButton.tsx";
import { SignedOut, Skeleton, Unreachable } from "./States.tsx";

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
          <SignedIn portfolio={holdings.data} offersPaidRefresh={offersPaidRefresh} />
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
  offersPaidRefresh: boolean;
}

function SignedIn({ portfolio, offersPaidRefresh }: SignedInProps) {
  const { data: connections, error } = useConnections();
  useConnectionReload();
  const connecting = useConnecting(connections);
  const outcome = useRefreshOutcome();
  const actions = (
    <div className="tidings-actions">
      <RefreshButton outcome={outcome} />
      {offersPaidRefresh && <PaidRefresh />}
    </div>
  );
  const isImportShown = Object.values(connecting.imports).some(({ phase }) => phase !== null);
  const isNew = connections?.length === 0 && portfolio.holdings.length === 0 && !isImportShown;
  return (
    <>
      {useIsBannerNeeded(connecting, connections !== undefined || error !== null) && <UpdatesBanner />}
      <ImportNotice imports={connecting.imports} />
      {connecting.isAdding && (
        <AddAccountDialog onChoose={connecting.connect} onClose={() => connecting.setAdding(false)} />
      )}
      {connecting.replacing && (
        <ReplaceDialog
          connection={connecting.replacing}
          connections={connections ?? []}
          onReplace={connecting.replace}
          onClose={() => connecting.setReplacing(null)}
        />
      )}
      <ReconnectNotice connections={connections ?? []} onReconnect={connecting.reconnect} isBusy={connecting.isBusy} />
      {isNew ? (
        <Welcome connecting={connecting} />
      ) : (
        <>
          {portfolio.metadata.last_updated !== null && (
            <Figures portfolio={portfolio} connections={connections ?? []} outcome={outcome} actions={actions} />
          )}
          <section className="card" aria-labelledby="connections">
            <div className="card__head">
              <h2 id="connections">{texts.connections.title}</h2>
              <AddAccount connecting={connecting} />
            </div>
            {connections ? (
              <>
                <Duplicates connections={connections} onDisconnect={connecting.disconnect} isBusy={connecting.isBusy} />
                <ConnectionList
                  connections={connections}
                  onReconnect={connecting.reconnect}
                  onDisconnect={connecting.disconnect}
                  onDisconnectAll={connecting.disconnectAll}
                  describeStatus={(connection) => describeImport(connection, connecting.imports)}
                  isBusy={connecting.isBusy}
                />
              </>
            ) : (
              <p className="tidings-empty">
                {error
                  ? say(texts.connections.failed, { reason: explainError(error, localization) })
                  : texts.connections.loading}
              </p>
            )}
          </section>
          {portfolio.metadata.last_updated !== null && (
            <RecentChanges portfolio={portfolio} connections={connections ?? []} />
          )}
        </>
      )}
    </>
  );
}

interface FiguresProps {
  portfolio: Portfolio;
  connections: readonly Connection[];
  outcome: RefreshOutcome;
  actions: ReactNode;
}

function Figures({ portfolio, connections, outcome, actions }: FiguresProps) {
  const { result } = outcome;
  const changes = useMemo(() => indexChanges(result), [result]);
  return (
    <>
      <Overview portfolio={portfolio} connections={connections} outcome={outcome} actions={actions} />
      <AllocationPanel portfolio={portfolio} />
      <section className="card" aria-labelledby="holdings">
        <h2 id="holdings">{texts.holdings.title}</h2>
        <HoldingsTable
          holdings={portfolio.holdings}
          convertedTotal={portfolio.converted_total}
          empty={texts.holdings.empty}
          markChange={({ holding }) => changeLabel(changes, holding)}
          renderDetails={({ holding }) => (
            <HoldingChanges holding={holding} changes={changes.find(holding)} accounts={portfolio.accounts} />
          )}
        />
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
    const timer = setInterval(() => void refetch({ cancelRefetch: false }), LOCAL_POLL_MS);
    return () => clearInterval(timer);
  }, [isLocal, refetch]);
}
