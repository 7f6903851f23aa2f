import { type RefObject, useLayoutEffect, useMemo, useRef, useState } from "react";

/** Used until rows are measured, and where there is no layout (jsdom). */
const ROW_PX = 57;
const BOX_PX = 640;
const OVERSCAN = 10;
/** Move the window by this many rows, so that not every scroll event renders. */
const STEP = 5;

export interface RowWindow {
  first: number;
  /** The index after the last line. */
  end: number;
  /** Heights of the lines left out above and below. */
  before: number;
  after: number;
  onScroll: () => void;
}

/**
 * Compute which lines of a long table are in view. All lines have the height of the first one rendered, except those
 * with `isTall`: each of them is measured. `data-line` is the index of a line.
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

  // biome-ignore lint/correctness/useExhaustiveDependencies: `measured` changes with the heights in `tall`
  const offsets = useMemo(() => {
    const all = [0];
    for (let index = 0; index < count; index++) {
      all.push((all[index] ?? 0) + (isTall(index) ? (tall.current.get(index) ?? 2 * rowPx) : rowPx));
    }
    return all;
  }, [count, isTall, rowPx, measured]);

  const updateView = () => {
    const element = box.current;
    if (!element) return;
    const step = STEP * rowPx;
    const next = { top: Math.floor(element.scrollTop / step) * step, height: element.clientHeight || BOX_PX };
    setView((now) => (now.top === next.top && now.height === next.height ? now : next));
  };

  useLayoutEffect(() => {
    updateView();
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

  const first = Math.max(0, findLine(offsets, top) - OVERSCAN);
  const end = Math.min(count, findLine(offsets, top + height) + 1 + STEP + OVERSCAN);
  const offsetAt = (index: number) => offsets[index] ?? 0;
  return { first, end, before: offsetAt(first), after: offsetAt(count) - offsetAt(end), onScroll: updateView };
}

/** Find the line at `px` by binary search. */
function findLine(offsets: readonly number[], px: number): number {
  let [low, high] = [0, offsets.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] ?? 0) <= px) low = middle;
    else high = middle - 1;
  }
  return low;
}
