import { ApiError, errorSlug } from "../client/errors.js";
import { PROVIDER_NAMES as NAMES, PROVIDERS } from "../client/providers.js";
import type { ProviderName, ProviderRefresh, RefreshResult } from "../client/types.js";
import { formatInstant } from "../components/formats.js";
import type { RefreshDescription } from "../hooks/types.js";
import { refreshMessages } from "../locales/en.js";
import { capitalize, formatMessage, type MessageValues } from "../locales/formatMessage.js";
import type { Localization, Message } from "../locales/types.js";

type Tried = Exclude<ProviderRefresh, { status: "not_connected" | "not_configured" }>;
type Reported = [ProviderName, Tried];

/** The texts of a refresh in one language. Only these are bundled with `describeRefresh`, not those of the components. */
function selectTexts({ locale, catalogue }: Localization) {
  const texts = catalogue?.refresh ?? refreshMessages;
  const language = catalogue?.language ?? "en";
  const say = (message: Message, values: MessageValues) => formatMessage(message, values, { language, locale });
  const reason = (slug: string | null, fallback = texts.reasons.other) =>
    (texts.reasons as Record<string, string>)[slug ?? ""] ?? fallback;
  return { texts, say, reason, locale, localization: { locale, catalogue } };
}
const wasTried = (outcome: ProviderRefresh): outcome is Tried =>
  outcome.status !== "not_connected" && outcome.status !== "not_configured";

type Texts = ReturnType<typeof selectTexts>;

/**
 * Describe a refresh to the user. Accepts a result, or the error with which the intent rejected. The language is
 * English unless `localization` has a catalogue: see `useLocalization`.
 */
export function describeRefresh(refresh: RefreshResult | Error, localization: Localization = {}): RefreshDescription {
  const words = selectTexts(localization);
  const { texts } = words;
  if (refresh instanceof Error) return describeError(refresh, words);
  const tried = PROVIDERS.flatMap((name): Reported[] => {
    const outcome = refresh.outcomes[name];
    return outcome && wasTried(outcome) ? [[name, outcome]] : [];
  });
  const [first, ...others] = tried;
  const only = others.length === 0 ? first : undefined;
  if (refresh.error && (refresh.portfolio === null || only))
    return describeError(refresh.error, words, only && NAMES[only[0]]);
  if (refresh.portfolio === null) return { kind: "nothing_to_do", message: texts.nothingToDo };
  if (tried.length === 0) return { kind: "not_connected", message: texts.notConnected };
  const isComplete = tried.every(([, outcome]) => outcome.status === "refreshed" && outcome.error === null);
  if (isComplete) return { kind: "refreshed", message: texts.upToDate };
  const sentences = tried.map(([name, outcome]) => describeOutcome(NAMES[name], outcome, words)).join(" ");
  const waits = tried.flatMap(([, outcome]) => (outcome.status === "cooling_down" ? [outcome.seconds] : []));
  return {
    ...(refresh.error
      ? { kind: "failed", message: `${texts.nothingRefreshed} ${sentences}` }
      : { kind: "partial", message: sentences }),
    ...(waits.length > 0 && { seconds: Math.min(...waits) }),
  };
}

/** Describe a refused refresh: the text of every 429. `slug`: its cause. */
export function describeWait(
  seconds: number,
  slug: string | null = "cooling-down",
  localization: Localization = {},
): RefreshDescription {
  const { texts, say, reason } = selectTexts(localization);
  const cause = slug === "cooling-down" ? "" : `${capitalize(reason(slug, texts.tooMany))}. `;
  return { kind: "wait", message: cause + say(texts.wait, { count: seconds }), seconds };
}

/**
 * Explain why something failed, as a part of a sentence: "you are offline". Uses the catalogue's words alone, never
 * those of the response or of the browser.
 */
export function explainError(error: Error, localization: Localization = {}): string {
  const { status, slug } = toApiError(error);
  const { texts, reason } = selectTexts(localization);
  if (status === 401) return texts.reasons.unauthenticated;
  return reason(slug, status === 429 ? texts.tooMany : undefined);
}

const toApiError = (error: Error) =>
  error instanceof ApiError ? error : new ApiError({ status: 0, slug: errorSlug(error), title: error.message });

function describeError(error: Error, words: Texts, name?: string): RefreshDescription {
  const { texts, say } = words;
  const { status, slug, retryAfter } = toApiError(error);
  if (status === 429) return describeWait(retryAfter ?? 60, slug, words.localization);
  if (slug === "reconnect-required")
    return { kind: "reconnect", message: say(texts.reconnect, { name: name ?? texts.yourBroker }) };
  const reason = explainError(error, words.localization);
  return { kind: "failed", message: say(texts.failed, { reason: name ? `${name}: ${reason}` : reason }) };
}

function describeOutcome(name: string, outcome: Tried, { texts, say, reason, locale }: Texts): string {
  const asOf = "asOf" in outcome && outcome.asOf;
  const aged = asOf ? ` ${say(texts.aged, { date: formatInstant(asOf.toISOString(), locale) })}` : "";
  switch (outcome.status) {
    case "refreshed":
      return outcome.error
        ? say(texts.providerPartly, { name, reason: reason(outcome.error) })
        : say(texts.providerUpToDate, { name });
    case "cooling_down":
      return say(texts.providerWaits, { name, count: outcome.seconds });
    case "reconnect_required":
      return say(texts.providerReconnect, { name }) + aged;
    case "failed":
      return say(texts.providerFailed, { name, reason: reason(outcome.error) }) + aged;
  }
}
