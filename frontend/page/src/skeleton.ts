/** A box of the skeleton: its class, and the boxes in it. */
export type Placeholder = readonly [className: string, children?: readonly Placeholder[]];

const repeat = (count: number, box: Placeholder): Placeholder[] => Array.from({ length: count }, () => box);

const HEADING: Placeholder = ["skeleton__bar skeleton__bar--heading"];
const LINE: Placeholder = ["skeleton__bar"];
const FIGURES: Placeholder[] = [["skeleton__bar skeleton__bar--figure"], ...repeat(4, LINE)];
const TOTAL: Placeholder[] = [HEADING, ["total__body", [["skeleton__figures", FIGURES], ["skeleton__chart"]]]];
const ALLOCATION: Placeholder[] = [HEADING, ["skeleton__picture", [["skeleton__ring"], ["", repeat(6, LINE)]]]];
const ROW: Placeholder = ["skeleton__row", repeat(5, LINE)];

/** The shape of the page, in index.html before any script runs and in React while the portfolio loads. */
export const SKELETON: readonly Placeholder[] = [
  ["card skeleton__card", TOTAL],
  ["card skeleton__card", ALLOCATION],
  ["card", [HEADING, ["skeleton__bar skeleton__bar--input"], ...repeat(9, ROW)]],
];

export const renderPlaceholders = (boxes: readonly Placeholder[]): string =>
  boxes.map(([className, children = []]) => `<div class="${className}">${renderPlaceholders(children)}</div>`).join("");
