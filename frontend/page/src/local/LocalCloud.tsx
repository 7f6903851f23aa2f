import { useQuery } from "@tanstack/react-query";
import type { ProviderName } from "@tidings/react";
import { createContext, type ReactNode, useContext } from "react";
import { fetchParts, type LocalUser, loadLocalUser, signIn, signOut } from "./gateway.ts";

/** The features that only the local cloud has. Null in every other deployment. */
export interface LocalCloud {
  simulators: ProviderName[];
  user: LocalUser | null;
  signIn: (user: LocalUser) => Promise<void>;
  signOut: () => Promise<void>;
}

const Context = createContext<LocalCloud | null>(null);
export const useLocalCloud = (): LocalCloud | null => useContext(Context);

const isLoopback = () => ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);

interface LocalCloudProviderProps {
  /** Whether the API is on the page's own origin. */
  isPossible: boolean;
  onUserChanged: () => void;
  children: ReactNode;
}

export function LocalCloudProvider({ isPossible, onUserChanged, children }: LocalCloudProviderProps) {
  const { data } = useQuery({
    queryKey: ["local", "parts"],
    queryFn: ({ signal }) => fetchParts(signal),
    enabled: isPossible && isLoopback(),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const cloud: LocalCloud | null = data
    ? {
        simulators: (["plaid", "snaptrade"] as const).filter((name) => `${name} simulator` in data),
        user: loadLocalUser(),
        signIn: (user) => signIn(user).then(onUserChanged),
        signOut: () => signOut().then(onUserChanged),
      }
    : null;
  return <Context value={cloud}>{children}</Context>;
}
