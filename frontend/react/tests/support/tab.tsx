import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render } from "@testing-library/react";
import { type ClientOptions, createClient, TidingsProvider, type TidingsProviderProps } from "@tidings/react";
import type { ReactNode } from "react";
import { advanceClock } from "./clock.js";
import { BASE } from "./server.js";

/** Render a browser tab: a query cache, a client and its content. `show` can give the provider other properties. */
export function renderTab(shown: ReactNode, options: Partial<ClientOptions> = {}) {
  const queryClient = new QueryClient();
  const client = createClient({ baseUrl: BASE, ...options });
  const within = (children: ReactNode, provided: Partial<TidingsProviderProps> = {}) => (
    <QueryClientProvider client={queryClient}>
      <TidingsProvider client={client} {...provided}>
        {children}
      </TidingsProvider>
    </QueryClientProvider>
  );
  const view = render(within(shown), { container: document.body.appendChild(document.createElement("div")) });
  const show = (...shown: Parameters<typeof within>) => view.rerender(within(...shown));
  return { ...view, queryClient, client, show };
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
  const tab = renderTab(shown(), options);
  return { seen, ...tab, renderAgain: (provided?: Partial<TidingsProviderProps>) => tab.show(shown(), provided) };
}

/** Advance the time, and let React update. */
export const advanceTime = (milliseconds: number) => act(() => advanceClock(milliseconds));
