"use client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createClient, TidingsProvider } from "@tidings/react";
import { de } from "@tidings/react/locales/de";
import { type ReactNode, useState } from "react";

const catalogues = [de];
const baseUrl = process.env.NEXT_PUBLIC_TIDINGS_URL ?? "http://127.0.0.1:3000";

/** Create the state of one visitor. A server renders for many: nothing of this may stand outside of the component. */
function createSession() {
  return { queries: new QueryClient(), client: createClient({ baseUrl }) };
}

export function Providers({ children }: { children: ReactNode }) {
  const [{ queries, client }] = useState(createSession);
  return (
    <QueryClientProvider client={queries}>
      <TidingsProvider client={client} locale="en" catalogues={catalogues}>
        {children}
      </TidingsProvider>
    </QueryClientProvider>
  );
}
