import { formatQuantity } from "../components/formats.js";
import type { Message } from "./types.js";

export type MessageValues = Record<string, string | number | null | undefined>;

const pluralRules = new Map<string, Intl.PluralRules>();

function pluralForm(language: string, count: number): Intl.LDMLPluralRule {
  const rules = pluralRules.get(language) ?? new Intl.PluralRules(language);
  pluralRules.set(language, rules);
  return rules.select(count);
}

/** Fill a message's placeholders. Numbers are formatted by `locale`; `count` selects the plural form by `language`. */
export function formatMessage(
  message: Message,
  values: MessageValues,
  { language, locale }: { language: string; locale?: string | undefined },
): string {
  const text =
    typeof message === "string" ? message : (message[pluralForm(language, Number(values.count))] ?? message.other);
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name] ?? "";
    return typeof value === "number" ? formatQuantity(value, locale) : value;
  });
}

export const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
