import type { Connection, ProviderName } from "@tidings/react";
import { localCall } from "../gateway.ts";

/** A webhook that a simulated provider sent, and the receiver's response. */
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
export type CommandOptions = Record<string, unknown>;
export type Command = "trade" | "prices" | "break" | "repair" | "webhook" | "positions" | "example" | "end" | "faults";

export type Target = Pick<Connection, "provider" | "source_id">;

const targetId = ({ provider, source_id: id }: Target): CommandOptions =>
  provider === "plaid" ? { item_id: id } : { connection_id: id };

/** Send a command for a connection. Returns the webhooks that were delivered meanwhile. */
export async function sendCommand(target: Target, name: Command, options: CommandOptions = {}): Promise<Delivery[]> {
  const response = await localCall(`simulators/${target.provider}/${name}`, "POST", {
    ...targetId(target),
    ...options,
  });
  return (response as { deliveries?: Delivery[] }).deliveries ?? [];
}

/** The provider's endpoints that a refresh calls. */
const HOLDINGS_PATH: Record<ProviderName, string> = { plaid: "/investments/holdings/get", snaptrade: "/accounts/" };

/** Inject a fault into the provider's API, for the calls of all connections. */
export const injectFault = (provider: ProviderName, fault: CommandOptions): Promise<unknown> =>
  localCall(`simulators/${provider}/faults`, "POST", { path: HOLDINGS_PATH[provider], ...fault });

export const clearFaults = (provider: ProviderName): Promise<unknown> =>
  localCall(`simulators/${provider}/faults`, "DELETE");

/** Fetch all simulators' deliveries, newest first. */
export async function fetchDeliveries(
  providers: readonly ProviderName[],
  signal: AbortSignal,
): Promise<LoggedDelivery[]> {
  const logs = await Promise.all(
    providers.map(async (provider) => {
      const response = await localCall(`simulators/${provider}/deliveries`, "GET", undefined, signal);
      return (response as { deliveries: Delivery[] }).deliveries.map((delivery) => ({ ...delivery, provider }));
    }),
  );
  return logs.flat().sort((left, right) => right.at - left.at);
}

export async function clearDeliveries(providers: readonly ProviderName[]): Promise<void> {
  await Promise.all(providers.map((provider) => localCall(`simulators/${provider}/deliveries`, "DELETE")));
}

/** Describe the receiver's response: "200 marked", "403 The webhook is not authentic", "no response: ConnectError". */
export function deliveryLabel({ status, answer, error }: Delivery): string {
  if (status === null) return error === null ? "on its way" : `no response: ${error}`;
  return `${status} ${responseTitle(answer)}`.trim();
}

function responseTitle(body: string): string {
  try {
    const { status, title } = JSON.parse(body) as { status?: unknown; title?: unknown };
    return String(title ?? status ?? "");
  } catch {
    return body.slice(0, 60);
  }
}
