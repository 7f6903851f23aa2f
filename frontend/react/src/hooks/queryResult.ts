import type { UseQueryOptions } from "@tanstack/react-query";
import { isSignedOut, NetworkError } from "../client/errors.js";
import type { LoadState } from "./types.js";

/** Options of TanStack Query that a hook passes through, such as `enabled`, `refetchInterval` and `select`. */
export type QueryOptions<Data, Selected = Data> = Partial<
  Omit<UseQueryOptions<Data, Error, Selected>, "queryKey" | "queryFn" | "initialData">
>;

/** Merge a query with a host's options. Only `select` decides about `Selected`, which a spread's type does not show. */
export const withOptions = <Data, Selected>(
  query: { queryKey: readonly unknown[] },
  options: QueryOptions<Data, Selected>,
): UseQueryOptions<Data, Error, Selected> => ({ ...query, ...options }) as UseQueryOptions<Data, Error, Selected>;

/**
 * Add fields to a query's result. All fields are read on access, because TanStack Query renders a component again only
 * for the fields that it reads.
 */
export function extendResult<Result extends object, Fields extends object>(
  result: Result,
  fields: Fields,
): Result & Fields {
  const extended = Object.defineProperties({}, Object.getOwnPropertyDescriptors(fields));
  for (const name of Object.keys(result)) {
    if (name in extended) continue;
    Object.defineProperty(extended, name, { get: () => result[name as keyof Result], enumerable: true });
  }
  return extended as Result & Fields;
}

/** Tell what a component should show: loaded data, or the reason why there is none. Being signed out hides old data. */
export function loadState({ data, error }: { data: unknown; error: Error | null }, isEmpty = false): LoadState {
  if (isSignedOut(error)) return "signed_out";
  if (data !== undefined) return isEmpty ? "empty" : "ready";
  if (error === null) return "loading";
  return error instanceof NetworkError ? error.reason : "failed";
}
