import { type RefObject, useLayoutEffect, useMemo, useState } from "react";

/** Render all lines up to this number, so that the browser's search and printing include them. */
const MAX_LINES_WITHOUT_WINDOW = 100;
/** Used until rows are measured, and where there is no layout (jsdom). */
const ROW_PX = 57;
const BOX_PX = 640;
const OVERSCAN = 10;
/** Move the window by this many rows, so that not every scroll event renders. */
const STEP = 5;

export interface RowWindow {
  /** Whether lines are left out. */
  isLong: boolean;
  first: number;
  /** The index after the last line. */
  end: number;
  /** Heights of the lines left out above and below. */
  before: number;
  after: number;
  onScroll: () => void;
}

/**
 * Compute which lines of a long table are in view. A line has the smallest height that is rendered, unless it was
 * measured to be taller. `data-line` is the key of a rendered line.
 */
export function useRowWindow(box: RefObject<HTMLElement>, lines: readonly { key: string }[]): RowWindow {
  const count = lines.length;
  const isLong = count > MAX_LINES_WITHOUT_WINDOW;
  const [{ top, height }, setView] = useState({ top: 0, height: BOX_PX });
  const [{ rowPx, tall }, setSizes] = useState({ rowPx: ROW_PX, tall: new Map<string, number>() });

  const offsets = useMemo(() => {
    let px = 0;
    return [0, ...lines.map(({ key }) => (px += tall.get(key) ?? rowPx))];
  }, [lines, rowPx, tall]);

  const updateView = () => {
    const element = box.current;
    const step = STEP * rowPx;
    const next = { top: Math.floor(element.scrollTop / step) * step, height: element.clientHeight || BOX_PX };
    setView((now) => (now.top === next.top && now.height === next.height ? now : next));
  };

  useLayoutEffect(() => {
    if (!isLong) return;
    updateView();
    const rendered = [...box.current.querySelectorAll<HTMLElement>("[data-line]")].map((line): [string, number] => [
      line.dataset.line as string,
      line.offsetHeight,
    ]);
    const smallest = Math.min(...rendered.map(([, px]) => px)) || rowPx;
    const changed = rendered.filter(([key, px]) => px && px !== (tall.get(key) ?? smallest));
    if (smallest !== rowPx || changed.length > 0) setSizes({ rowPx: smallest, tall: new Map([...tall, ...changed]) });
  });

  const first = isLong ? Math.max(0, findLine(offsets, top) - OVERSCAN) : 0;
  const end = isLong ? Math.min(count, findLine(offsets, top + height) + 1 + STEP + OVERSCAN) : count;
  const offsetAt = (index: number) => offsets[index] as number;
  return { isLong, first, end, before: offsetAt(first), after: offsetAt(count) - offsetAt(end), onScroll: updateView };
}

const findLine = (offsets: readonly number[], px: number) => offsets.findLastIndex((offset) => offset <= px);
