import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render } from "@testing-library/react";
import { type ClientOptions, createClient, TidingsProvider } from "@tidings/react";
import type { ReactNode } from "react";
import { advanceClock } from "./clock.js";
import { BASE } from "./server.js";

/** Render a browser tab: a query cache, a client and its content. */
export function renderTab(shown: ReactNode, options: Partial<ClientOptions> = {}) {
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

interface Observed<T> {
  now: T;
  renders: number;
}

function HookObserver<T>({ useIt, seen }: { useIt: () => T; seen: Observed<T> }) {
  seen.now = useIt();
  seen.renders++;
  return null;
}

/** Observe what a hook returns at its latest render. `shown` renders the hook. */
export function observeHook<T>(useIt: () => T) {
  const seen: Observed<T> = { now: undefined as T, renders: 0 };
  return { seen, shown: () => <HookObserver useIt={useIt} seen={seen} /> };
}

export function renderHookInTab<T>(useIt: () => T, options?: Partial<ClientOptions>) {
  const { seen, shown } = observeHook(useIt);
  return { seen, ...renderTab(shown(), options) };
}

/** Advance the time, and let React update. */
export const advanceTime = (milliseconds: number) => act(() => advanceClock(milliseconds));
