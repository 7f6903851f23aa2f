import type { Connection, ProviderName } from "@tidings/react";
import { localCall } from "../gateway.ts";

/** One webhook that a simulated provider sent, and what the receiver made of it. */
export interface Delivery {
  event: string;
  webhook_id: string;
  variant: string;
  attempt: number;
  status: number | null;
  answer: string;
  error: string | null;
  at: number;
  duration_s: number;
}

export type LoggedDelivery = Delivery & { provider: ProviderName };
export type Order = Record<string, unknown>;
export type Command = "trade" | "prices" | "break" | "repair" | "webhook" | "positions" | "faults";

export type Target = Pick<Connection, "provider" | "source_id">;

const named = ({ provider, source_id: id }: Target): Order =>
  provider === "plaid" ? { item_id: id } : { connection_id: id };

/** Orders something of a connection; what was delivered meanwhile, if anything. */
export async function command(target: Target, name: Command, order: Order = {}): Promise<Delivery[]> {
  const answer = await localCall(`simulators/${target.provider}/${name}`, "POST", { ...named(target), ...order });
  return (answer as { deliveries?: Delivery[] }).deliveries ?? [];
}

/** Calls for holdings: those that a refresh makes. */
const HOLDINGS_PATH: Record<ProviderName, string> = { plaid: "/investments/holdings/get", snaptrade: "/accounts/" };

/** The provider's API itself, for this connection's calls and all others. */
export const disturb = (provider: ProviderName, fault: Order): Promise<unknown> =>
  localCall(`simulators/${provider}/faults`, "POST", { path: HOLDINGS_PATH[provider], ...fault });

export const calm = (provider: ProviderName): Promise<unknown> => localCall(`simulators/${provider}/faults`, "DELETE");

/** All simulators' deliveries, newest first. */
export async function deliveries(providers: readonly ProviderName[], signal: AbortSignal): Promise<LoggedDelivery[]> {
  const logs = await Promise.all(
    providers.map(async (provider) => {
      const answer = await localCall(`simulators/${provider}/deliveries`, "GET", undefined, signal);
      return (answer as { deliveries: Delivery[] }).deliveries.map((delivery) => ({ ...delivery, provider }));
    }),
  );
  return logs.flat().sort((left, right) => right.at - left.at);
}

export async function forgetDeliveries(providers: readonly ProviderName[]): Promise<void> {
  await Promise.all(providers.map((provider) => localCall(`simulators/${provider}/deliveries`, "DELETE")));
}

/** "200 marked", "403 The webhook is not authentic", "no answer: ConnectError". */
export function deliveryLabel({ status, answer, error }: Delivery): string {
  if (status === null) return error === null ? "on its way" : `no answer: ${error}`;
  return `${status} ${answerTitle(answer)}`.trim();
}

function answerTitle(answer: string): string {
  try {
    const { status, title } = JSON.parse(answer) as { status?: unknown; title?: unknown };
    return String(title ?? status ?? "");
  } catch {
    return answer.slice(0, 60);
  }
}
