import { type RefObject, useLayoutEffect, useMemo, useRef, useState } from "react";

/** Before the first measurement, and where nothing is laid out. */
const ROW_PX = 57;
const BOX_PX = 640;
const OVERSCAN = 10;
/** The window moves by so many rows at a time: not every scroll event is a render. */
const STEP = 5;

export interface RowWindow {
  first: number;
  /** The one after the last. */
  end: number;
  /** Heights of what is left out above and below. */
  before: number;
  after: number;
  onScroll: () => void;
}

/**
 * Which lines of a long table are in view of its scrolling box. All are as high as the first one that is rendered, but
 * for those of `isTall`, each of which is measured (`data-line` is its index).
 */
export function useRowWindow(
  box: RefObject<HTMLElement | null>,
  count: number,
  isTall: (index: number) => boolean,
): RowWindow {
  const [{ top, height }, setView] = useState({ top: 0, height: BOX_PX });
  const [rowPx, setRowPx] = useState(ROW_PX);
  const tall = useRef(new Map<number, number>());
  const [measured, setMeasured] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `measured` stands for the heights in `tall`
  const offsets = useMemo(() => {
    const all = [0];
    for (let index = 0; index < count; index++) {
      all.push((all[index] ?? 0) + (isTall(index) ? (tall.current.get(index) ?? 2 * rowPx) : rowPx));
    }
    return all;
  }, [count, isTall, rowPx, measured]);

  const look = () => {
    const seen = box.current;
    if (!seen) return;
    const step = STEP * rowPx;
    const next = { top: Math.floor(seen.scrollTop / step) * step, height: seen.clientHeight || BOX_PX };
    setView((now) => (now.top === next.top && now.height === next.height ? now : next));
  };

  useLayoutEffect(() => {
    look();
    let [isFirst, changed] = [true, false];
    for (const line of box.current?.querySelectorAll<HTMLElement>("[data-line]") ?? []) {
      const index = Number(line.dataset.line);
      const px = line.offsetHeight;
      if (px === 0) continue;
      if (!isTall(index)) {
        if (isFirst) setRowPx(px);
        isFirst = false;
      } else if (tall.current.get(index) !== px) {
        tall.current.set(index, px);
        changed = true;
      }
    }
    if (changed) setMeasured((times) => times + 1);
  });

  const first = Math.max(0, lineAt(offsets, top) - OVERSCAN);
  const end = Math.min(count, lineAt(offsets, top + height) + 1 + STEP + OVERSCAN);
  const at = (index: number) => offsets[index] ?? 0;
  return { first, end, before: at(first), after: at(count) - at(end), onScroll: look };
}

/** The line in which `px` falls, by bisection. */
function lineAt(offsets: readonly number[], px: number): number {
  let [low, high] = [0, offsets.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] ?? 0) <= px) low = middle;
    else high = middle - 1;
  }
  return low;
}
