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
import { type ReactNode, useCallback, useEffect, useMemo, useRef } from "react";
import { AllocationPanel } from "../allocation/AllocationPanel.tsx";
import { useLocalCloud } from "../local/LocalCloud.tsx";
import { localization, say, texts } from "../locales/texts.ts";
import { Accounts } from "./Accounts.tsx";
import { ConnectButtons } from "./ConnectButtons.tsx";
import { Duplicates } from "./Duplicates.tsx";
import { changeLabel, indexChanges } from "./freshness/changes.ts";
import { Freshness } from "./freshness/Freshness.tsx";
import { HoldingChanges } from "./freshness/HoldingChanges.tsx";
import { type RefreshOutcome, useRefreshOutcome } from "./freshness/useRefreshOutcome.ts";
import { Header } from "./Header.tsx";
import { Overview } from "./Overview.tsx";
import { PaidRefresh } from "./PaidRefresh.tsx";
import { RefreshButton } from "./RefreshButton.tsx";
import { SignedOut, Skeleton, Unreachable } from "./States.tsx";
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
  const reload = useReload();
  const connecting = useConnecting(reload);
  const outcome = useRefreshOutcome();
  const actions = (
    <div className="tidings-actions">
      <RefreshButton outcome={outcome} />
      {offersPaidRefresh && <PaidRefresh />}
    </div>
  );
  const isNew = connections?.length === 0 && portfolio.holdings.length === 0;
  return (
    <>
      <UpdatesBanner />
      <ReconnectNotice connections={connections ?? []} onReconnect={connecting.reconnect} isBusy={connecting.isBusy} />
      {isNew ? (
        <Welcome connecting={connecting} />
      ) : (
        <>
          {portfolio.metadata.last_updated === null ? (
            <FirstRefresh actions={actions}>
              <Freshness portfolio={portfolio} connections={connections ?? []} outcome={outcome} />
            </FirstRefresh>
          ) : (
            <Figures portfolio={portfolio} connections={connections ?? []} outcome={outcome} actions={actions} />
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
                {error
                  ? say(texts.connections.failed, { reason: explainError(error, localization) })
                  : texts.connections.loading}
              </p>
            )}
            <div className="connections-foot">
              <ConnectButtons onConnect={connecting.connect} isBusy={connecting.isBusy} />
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
  outcome: RefreshOutcome;
  actions: ReactNode;
}

function Figures({ portfolio, connections, outcome, actions }: FiguresProps) {
  const { result } = outcome;
  const changes = useMemo(() => indexChanges(result), [result]);
  return (
    <>
      <div className="grid">
        <Overview portfolio={portfolio} connections={connections} outcome={outcome} actions={actions} />
        <AllocationPanel portfolio={portfolio} />
      </div>
      <section className="card" aria-labelledby="holdings">
        <h2 id="holdings">{texts.holdings.title}</h2>
        <HoldingsTable
          holdings={portfolio.holdings}
          empty={texts.holdings.empty}
          markChange={({ holding }) => changeLabel(changes, holding)}
          renderDetails={({ holding }) => (
            <HoldingChanges changes={changes.find(holding)} accounts={portfolio.accounts} />
          )}
        />
      </section>
      <Accounts portfolio={portfolio} />
    </>
  );
}

function FirstRefresh({ actions, children }: { actions: ReactNode; children: ReactNode }) {
  return (
    <section className="card" aria-labelledby="first">
      <h2 id="first">{texts.welcome.firstTitle}</h2>
      <p>{texts.welcome.firstText}</p>
      {children}
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
    const timer = setInterval(() => void refetch({ cancelRefetch: false }), LOCAL_POLL_MS);
    return () => clearInterval(timer);
  }, [isLocal, refetch]);
  return reload;
}
