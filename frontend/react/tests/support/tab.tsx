import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render } from "@testing-library/react";
import { type ClientOptions, createClient, TidingsProvider } from "@tidings/react";
import type { ReactNode } from "react";
import { pass } from "./clock.js";
import { BASE } from "./server.js";

/** A browser tab: a query cache, a client and what it shows. */
export function tab(shown: ReactNode, options: Partial<ClientOptions> = {}) {
  const queryClient = new QueryClient();
  const client = createClient({ baseUrl: BASE, ...options });
  const within = (children: ReactNode) => (
    <QueryClientProvider client={queryClient}>
      <TidingsProvider client={client}>{children}</TidingsProvider>
    </QueryClientProvider>
  );
  const view = render(within(shown), { container: document.body.appendChild(document.createElement("div")) });
  return { ...view, queryClient, client, show: (children: ReactNode) => view.rerender(within(children)) };
}

interface Seen<T> {
  now: T;
  renders: number;
}

function Watch<T>({ useIt, seen }: { useIt: () => T; seen: Seen<T> }) {
  seen.now = useIt();
  seen.renders++;
  return null;
}

/** What a hook returns, at its latest render, in a tab of its own or beside others. */
export function watch<T>(useIt: () => T) {
  const seen: Seen<T> = { now: undefined as T, renders: 0 };
  return { seen, shown: () => <Watch useIt={useIt} seen={seen} /> };
}

export function inTab<T>(useIt: () => T, options?: Partial<ClientOptions>) {
  const { seen, shown } = watch(useIt);
  return { seen, ...tab(shown(), options) };
}

/** Let this much time pass, and React see it. */
export const elapse = (milliseconds: number) => act(() => pass(milliseconds));
