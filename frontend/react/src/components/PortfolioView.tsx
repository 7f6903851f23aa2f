"use client";
import { type ReactNode, useEffect, useState } from "react";
import type { Connection, Portfolio, RefreshResult } from "../client/types.js";
import type { LoadState } from "../hooks/types.js";
import { useConnect } from "../hooks/useConnect.js";
import { useConnectionList } from "../hooks/useConnectionList.js";
import { useHoldings } from "../hooks/useHoldings.js";
import { useRefreshButton } from "../hooks/useRefreshButton.js";
import { useRefreshHoldings } from "../hooks/useRefreshHoldings.js";
import { explainError } from "../intents/describeRefresh.js";
import { portfolioMessages } from "../locales/en.js";
import type { Catalogue, Localization } from "../locales/types.js";
import { ConfirmDialog } from "./ConfirmDialog.js";
import { ConnectionList } from "./ConnectionList.js";
import { connectionTexts, nameConnection } from "./connectionLabels.js";
import { HoldingsTable, type HoldingsTableProps } from "./HoldingsTable.js";
import { joinClasses } from "./joinClasses.js";
import { LastUpdated } from "./LastUpdated.js";
import { LoadNotice } from "./LoadNotice.js";
import { ReconnectNotice } from "./ReconnectNotice.js";
import { type LocalTexts, useTexts } from "./texts.js";
import { UpdatesBanner } from "./UpdatesBanner.js";

const RETURNED = "tidings-connected";
/** The plainer choice first. */
const PROVIDERS_TO_ADD = ["snaptrade", "plaid"] as const;
const portfolioTexts = ({ catalogue }: Localization): Catalogue["portfolio"] =>
  catalogue?.portfolio ?? portfolioMessages;

export interface PortfolioViewProps extends Pick<HoldingsTableProps, "columns" | "locale"> {
  /** Called with each refresh's result, for a toast: see `describeRefresh`. Without it, the view says what failed. */
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
  const texts = portfolioTexts(useTexts(locale));
  if (data === undefined || state === "signed_out") {
    // Without data, it is never ready.
    const notice = state as Exclude<LoadState, "ready">;
    return (
      <div className={joinClasses("tidings-portfolio", className)} role="status">
        {states[notice] ?? <LoadNotice state={notice} onRetry={refetch} isRetrying={isFetching} locale={locale} />}
      </div>
    );
  }
  return (
    <section className={joinClasses("tidings-portfolio", className)} aria-label={texts.title}>
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
  const error = useCompletion() ?? list.error;
  const [replacing, setReplacing] = useState<Connection | null>(null);
  const words = useTexts(locale);
  const texts = portfolioTexts(words);
  const { last_updated: lastUpdated } = portfolio.metadata;
  const isNew = list.state === "empty";
  const notice = isNew
    ? connectionTexts(words).none
    : lastUpdated === null
      ? texts.notFetched
      : words.texts.states.empty;
  const connectionProps = {
    connections: list.connections,
    onReconnect: (connection: Connection) =>
      list.needsReplacement(connection) ? setReplacing(connection) : list.reconnect(connection),
    isBusy: list.isPending,
    locale,
  };
  return (
    <>
      <ReconnectNotice {...connectionProps} />
      {!isNew && (
        <div className="tidings-toolbar">
          <LastUpdated at={lastUpdated} locale={locale} />
          <RefreshButton onRefreshed={onRefreshed} words={words} />
        </div>
      )}
      <HoldingsTable
        {...table}
        holdings={portfolio.holdings}
        convertedTotal={portfolio.converted_total}
        empty={empty ?? notice}
      />
      <h2>{texts.connections}</h2>
      {list.state === "ready" ? (
        <ConnectionList {...connectionProps} onDisconnect={list.disconnect} onDisconnectAll={list.disconnectAll} />
      ) : (
        list.state !== "empty" && <LoadNotice state={list.state} locale={locale} />
      )}
      {error && <p role="alert">{words.say(texts.failed, { reason: explainError(error, words) })}</p>}
      <div className="tidings-actions">
        {PROVIDERS_TO_ADD.map((provider) => (
          <button
            key={provider}
            type="button"
            className="tidings-button"
            disabled={list.isPending}
            onClick={() => list.connect(provider)}
          >
            {texts.connect[provider]}
          </button>
        ))}
      </div>
      {replacing && (
        <ReplaceDialog
          connection={replacing}
          connections={list.connections}
          words={words}
          onClose={() => setReplacing(null)}
          onConfirm={() => list.reconnect(replacing, { replace: true })}
        />
      )}
    </>
  );
}

interface ReplaceDialogProps {
  connection: Connection;
  connections: readonly Connection[];
  words: LocalTexts;
  onClose: () => void;
  onConfirm: () => void;
}

/** Ask before a lost registration is replaced: this disconnects all connections of its provider. */
function ReplaceDialog({ connection, connections, words, ...dialog }: ReplaceDialogProps) {
  const { replace, replaces } = portfolioTexts(words);
  const names = connections
    .filter(({ provider }) => provider === connection.provider)
    .map((one) => nameConnection(one, words))
    .join(", ");
  return (
    <ConfirmDialog
      {...dialog}
      words={words}
      title={words.say(replace, { name: nameConnection(connection, words) })}
      action={connectionTexts(words).connectAgain}
    >
      {words.say(replaces, { names })}
    </ConfirmDialog>
  );
}

interface RefreshButtonProps extends Pick<PortfolioViewProps, "onRefreshed"> {
  words: LocalTexts;
}

/** Refresh. Without `onRefreshed`, say why the last refresh failed; the button tells of a refused one. */
function RefreshButton({ onRefreshed, words }: RefreshButtonProps) {
  const { refresh, isPending, waitSeconds } = useRefreshButton();
  const { data, outcomes } = useRefreshHoldings();
  const texts = portfolioTexts(words);
  const isPartial = Object.values(outcomes).some(({ status }) => status === "failed");
  const start = async () => {
    const result = await refresh();
    if (result) onRefreshed?.(result);
  };
  return (
    <>
      <button type="button" className="tidings-button" aria-disabled={isPending || waitSeconds > 0} onClick={start}>
        {isPending
          ? words.texts.banner.refreshing
          : waitSeconds > 0
            ? words.say(texts.wait, { count: waitSeconds })
            : texts.refresh}
      </button>
      <span role="status">
        {!onRefreshed &&
          data?.status !== 429 &&
          (data?.error
            ? words.say(texts.failed, { reason: explainError(data.error, words) })
            : isPartial && texts.stale)}
      </span>
    </>
  );
}

const redirectUri = () =>
  typeof location === "undefined" ? undefined : `${location.origin}${location.pathname}?${RETURNED}`;

/** Complete a connection after the provider's redirect. Returns the error, if that failed. */
function useCompletion(): Error | null {
  const { complete } = useConnect();
  // The hook's own `error` is lost in StrictMode, where React unsubscribes from a mutation that has just begun.
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    const url = new URL(location.href);
    if (!url.searchParams.has(RETURNED)) return;
    url.searchParams.delete(RETURNED);
    history.replaceState(history.state, "", url);
    complete().catch(setError);
  }, [complete]);
  return error;
}
