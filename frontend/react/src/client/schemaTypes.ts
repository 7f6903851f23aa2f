import { ResponseFormatError } from "./errors.js";

/*
 * The parts of the generated checks. A library of schemas (zod) would add 5.6 kB to a host's bundle, for what responses do not
 * need: transformations, asynchronous checks and lists of issues.
 */

/** Return the checked part of a body that is at `path`. Raises ResponseFormatError, which quotes no value, if it differs. */
export type Check<T> = (value: unknown, path: string) => T;
type Checked<C> = C extends Check<infer T> ? T : never;
type Shape = Record<string, Check<unknown>>;
type OptionalKeys<S> = { [Key in keyof S]: undefined extends Checked<S[Key]> ? Key : never }[keyof S];
/** An object as it is declared: what may be undefined may be absent. */
type Checks<S> = { [Key in Exclude<keyof S, OptionalKeys<S>>]: Checked<S[Key]> } & {
  [Key in OptionalKeys<S>]?: Checked<S[Key]>;
};

function fail(path: string, reason: string): never {
  throw new ResponseFormatError(path || "its top", reason);
}

const ofType =
  <T>(type: string) =>
  (): Check<T> =>
  (value, path) =>
    typeof value === type ? (value as T) : fail(path, `${type} expected`);

export const string = ofType<string>("string");
export const number = ofType<number>("number");
export const boolean = ofType<boolean>("boolean");
export const unknown = (): Check<unknown> => (value) => value;

export const nullable =
  <T>(check: Check<T>): Check<T | null> =>
  (value, path) =>
    value === null ? null : check(value, path);

export const optional =
  <T>(check: Check<T>): Check<T | undefined> =>
  (value, path) =>
    value === undefined ? undefined : check(value, path);

const joinPath = (path: string, key: string | number) => (path ? `${path}.${key}` : `${key}`);

export const array =
  <T>(check: Check<T>): Check<T[]> =>
  (value, path) =>
    Array.isArray(value)
      ? value.map((item, index) => check(item, joinPath(path, index)))
      : fail(path, "array expected");

/** Check the fields that `checksOf` lists for an object. All others are left out. */
const fields =
  <T>(checksOf: (value: object) => [string, Check<unknown>][]): Check<T> =>
  (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return fail(path, "object expected");
    const checked: Record<string, unknown> = {};
    for (const [key, check] of checksOf(value)) {
      checked[key] = check((value as Record<string, unknown>)[key], joinPath(path, key));
    }
    return checked as T;
  };

export const object = <S extends Shape>(shape: S): Check<Checks<S>> => {
  const checks = Object.entries(shape);
  return fields(() => checks);
};

/** An object with any keys, which in JSON are strings. */
export const record = <T>(_key: Check<string>, check: Check<T>): Check<Record<string, T>> =>
  fields((value) => Object.keys(value).map((key) => [key, check]));

const oneOf =
  <const T extends string>(values: readonly T[]): Check<T> =>
  (value, path) =>
    values.includes(value as T) ? (value as T) : fail(path, "invalid value");

export { oneOf as enum };
