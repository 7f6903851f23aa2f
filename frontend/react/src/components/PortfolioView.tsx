"use client";
import { type ReactNode, useEffect, useRef } from "react";
import { PROVIDER_NAMES, PROVIDERS } from "../client/providers.js";
import type { Portfolio, RefreshResult } from "../client/types.js";
import type { LoadState } from "../hooks/types.js";
import { useConnect } from "../hooks/useConnect.js";
import { type ConnectionListState, useConnectionList } from "../hooks/useConnectionList.js";
import { useHoldings } from "../hooks/useHoldings.js";
import { useRefreshButton } from "../hooks/useRefreshButton.js";
import { ConnectionList } from "./ConnectionList.js";
import { HoldingsTable, type HoldingsTableProps } from "./HoldingsTable.js";
import { joinClasses } from "./joinClasses.js";
import { LastUpdated } from "./LastUpdated.js";
import { LoadNotice } from "./LoadNotice.js";
import { ReconnectNotice } from "./ReconnectNotice.js";
import { useTexts } from "./texts.js";
import { UpdatesBanner } from "./UpdatesBanner.js";

const RETURNED = "tidings-connected";

export interface PortfolioViewProps extends Pick<HoldingsTableProps, "columns" | "locale"> {
  /** Called with each refresh's result, for a toast: see `describeRefresh`. */
  onRefreshed?: ((result: RefreshResult) => void) | undefined;
  className?: string | undefined;
  /** What is shown in place of a state's own notice, such as the app's sign-in for `signed_out`. */
  states?: Partial<Record<Exclude<LoadState, "ready">, ReactNode>> | undefined;
  /** Rendered above the table, for example a total. */
  renderSummary?: ((portfolio: Portfolio) => ReactNode) | undefined;
}

/**
 * Show a portfolio with all that belongs to it: loading and errors, new data, refresh, holdings and connections.
 * Requires `TidingsProvider`.
 */
export function PortfolioView({ onRefreshed, className, states = {}, renderSummary, ...table }: PortfolioViewProps) {
  const { locale } = table;
  const { data, state, error, isFetching, refetch } = useHoldings();
  const { states: texts, portfolio: labels } = useTexts(locale).texts;
  if (data === undefined || state === "signed_out") {
    const notice = state === "ready" ? "failed" : state;
    return (
      <div className={joinClasses("tidings-portfolio", className)} role="status">
        {states[notice] ?? <LoadNotice state={notice} onRetry={refetch} isRetrying={isFetching} locale={locale} />}
      </div>
    );
  }
  return (
    <section className={joinClasses("tidings-portfolio", className)} aria-label={labels.title}>
      <UpdatesBanner onRefreshed={onRefreshed} locale={locale} />
      {error && <p role="status">{texts.stale}</p>}
      {renderSummary?.(data)}
      <Loaded portfolio={data} empty={states.empty} onRefreshed={onRefreshed} table={table} />
    </section>
  );
}

interface LoadedProps extends Pick<PortfolioViewProps, "onRefreshed"> {
  portfolio: Portfolio;
  empty: ReactNode;
  table: Pick<HoldingsTableProps, "columns" | "locale">;
}

function Loaded({ portfolio, empty, onRefreshed, table }: LoadedProps) {
  const { locale } = table;
  const list = useConnectionList({ redirectUri: redirectUri() });
  useCompletion();
  const { texts } = useTexts(locale);
  const { last_updated: lastUpdated } = portfolio.metadata;
  const isNew = list.state === "empty";
  const notice = isNew
    ? texts.states.notConnected
    : lastUpdated === null
      ? texts.states.notFetched
      : texts.states.empty;
  const connectionProps = {
    connections: list.connections,
    onReconnect: (connection: ConnectionListState["connections"][number]) =>
      list.reconnect(connection, { replace: list.needsReplacement(connection) }),
    isBusy: list.isPending,
    locale,
  };
  return (
    <>
      <ReconnectNotice {...connectionProps} />
      {!isNew && (
        <div className="tidings-toolbar">
          <LastUpdated at={lastUpdated} locale={locale} />
          <RefreshButton onRefreshed={onRefreshed} locale={locale} />
        </div>
      )}
      <HoldingsTable {...table} holdings={portfolio.holdings} empty={empty ?? notice} />
      <h2>{texts.portfolio.connections}</h2>
      {list.state === "ready" || list.state === "empty" ? (
        <ConnectionList {...connectionProps} onDisconnect={list.disconnect} empty="" />
      ) : (
        <LoadNotice state={list.state} locale={locale} />
      )}
      {list.error && <p role="alert">{texts.states.failed}</p>}
      <ConnectButtons list={list} locale={locale} />
    </>
  );
}

function ConnectButtons({ list, locale }: { list: ConnectionListState; locale: string | undefined }) {
  const { texts, say } = useTexts(locale);
  return (
    <div className="tidings-actions">
      {PROVIDERS.map((provider) => (
        <button
          key={provider}
          type="button"
          className="tidings-button"
          disabled={list.isPending}
          onClick={() => list.connect(provider)}
        >
          {say(texts.portfolio.connect, { name: PROVIDER_NAMES[provider] })}
        </button>
      ))}
    </div>
  );
}

function RefreshButton({ onRefreshed, locale }: Pick<PortfolioViewProps, "onRefreshed" | "locale">) {
  const { refresh, isPending, waitSeconds } = useRefreshButton();
  const { texts, say } = useTexts(locale);
  const start = async () => {
    const result = await refresh();
    if (result) onRefreshed?.(result);
  };
  return (
    <button type="button" className="tidings-button" aria-disabled={isPending || waitSeconds > 0} onClick={start}>
      {isPending
        ? texts.banner.refreshing
        : waitSeconds > 0
          ? say(texts.banner.wait, { count: waitSeconds })
          : texts.portfolio.refresh}
    </button>
  );
}

const redirectUri = () =>
  typeof location === "undefined" ? undefined : `${location.origin}${location.pathname}?${RETURNED}`;

/** Complete a connection after the provider's redirect. An error shows as the connection that is missing. */
function useCompletion() {
  const { complete } = useConnect();
  const isDone = useRef(false);
  useEffect(() => {
    const url = new URL(location.href);
    if (isDone.current || !url.searchParams.has(RETURNED)) return;
    isDone.current = true;
    url.searchParams.delete(RETURNED);
    history.replaceState(history.state, "", url);
    void complete().catch(() => undefined);
  }, [complete]);
}
