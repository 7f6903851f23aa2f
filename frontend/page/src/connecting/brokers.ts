import type { Institution } from "@tidings/react";

const COLORS = 8;

const fold = (text: string): string => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Find the brokers whose name has a word that begins like each word of the query. */
export function findBrokers(brokers: readonly Institution[], query: string): readonly Institution[] {
  const wanted = fold(query).split(/\s+/).filter(Boolean);
  return brokers.filter(({ name }) => {
    const words = fold(name).split(/[^\p{L}\p{N}]+/u);
    return wanted.every((start) => words.some((word) => word.startsWith(start)) || fold(name).startsWith(start));
  });
}

/** Pick the initials of the first two words, or the first two letters of the only one. */
export function pickInitials(name: string): string {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? [name];
  const [first = "", second] = words;
  const letters = second ? [...first].slice(0, 1).concat([...second].slice(0, 1)) : [...first].slice(0, 2);
  return letters.join("").toUpperCase();
}

/** Pick one of the page's series of colours, always the same for a broker. */
export const pickColor = (broker: string): number =>
  [...broker].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973, 7) % COLORS;
