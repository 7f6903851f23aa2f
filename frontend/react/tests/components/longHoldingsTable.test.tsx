import { fireEvent, render, screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { HoldingsTable } from "@tidings/react";
import { holding, manyHoldings } from "../support/factories.js";
import { renderTable, titles } from "../support/holdingsTable.js";

const box = () => screen.getByRole("region", { name: "Holdings, scrollable" });
const lines = () => [...document.querySelectorAll<HTMLElement>("tr[data-line]")];
/** The first and the last line that is rendered, counted from 0. */
const ends = () => [lines()[0], lines().at(-1)].map((line) => Number(line?.getAttribute("aria-rowindex")) - 2);
const spacers = () => [...document.querySelectorAll<HTMLElement>(".tidings-spacer")].map(({ style }) => style.height);

function scrollTo(top: number) {
  box().scrollTop = top;
  fireEvent.scroll(box());
}

/** Lay out lines of 100 px, or as given by ticker, in a box of 1,000 px. jsdom has no layout. */
function layOut(heights: Record<string, number> = {}) {
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(1000);
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockImplementation(function height(this: HTMLElement) {
    return heights[this.dataset.ticker ?? "shares"] ?? 100;
  });
}

test.each([
  [100, false],
  [101, true],
])("of %s rows, some are left out: %s", (count, isLong) => {
  layOut();
  renderTable(manyHoldings(count));
  expect(lines().length < count).toBe(isLong);
  expect(screen.queryAllByRole("region")).toHaveLength(Number(isLong));
  expect(spacers()).toEqual(isLong ? [`${(count - 26) * 100}px`] : []);
});

test("the lines of a short table are not measured", () => {
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(100);
  const markChange = vi.fn();
  render(<HoldingsTable holdings={[holding()]} markChange={markChange} />);
  expect(markChange).toHaveBeenCalledOnce();
});

// 10 rows fill the box. 10 more are rendered above, and 15 below, of which 5 are for a scroll that moves no row.
test.each([
  [0, [0, 25]],
  [500, [0, 30]],
  [1500, [5, 40]],
  [50_000, [490, 525]],
  [50_499, [490, 525]],
  [50_500, [495, 530]],
  [98_000, [970, 999]],
  [99_000, [980, 999]],
])("scrolled by %s px, the rows %j are rendered, and spacers stand for the others", (top, [first, last]) => {
  layOut();
  renderTable(manyHoldings(1000));
  scrollTo(top);
  expect(ends()).toEqual([first, last]);
  const [above, below] = [Number(first) * 100, (999 - Number(last)) * 100];
  expect(spacers()).toEqual([above, below].filter(Boolean).map((px) => `${px}px`));
});

test("a scroll within five rows renders nothing, and one beyond them does", () => {
  layOut();
  const markChange = vi.fn();
  render(<HoldingsTable holdings={manyHoldings(1000)} markChange={markChange} />);
  scrollTo(50_000);
  markChange.mockClear();
  scrollTo(50_499);
  expect(markChange).not.toHaveBeenCalled();
  scrollTo(50_500);
  expect(markChange).toHaveBeenCalled();
});

test("a box that grows shows more rows", () => {
  layOut();
  renderTable(manyHoldings(1000));
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(2000);
  scrollTo(0);
  expect(ends()).toEqual([0, 35]);
});

test("a box without a layout shows what an ordinary one would", () => {
  renderTable(manyHoldings(1000));
  expect(ends()).toEqual([0, 26]);
  scrollTo(57 * 500);
  expect(ends()).toEqual([490, 526]);
});

test("rows taller than the others keep their heights once they are left out", () => {
  layOut({ SIM00998: 150, SIM00997: 200 });
  renderTable(manyHoldings(1000));
  expect(ends()).toEqual([0, 23]);
  scrollTo(50_000);
  expect(ends()).toEqual([488, 523]);
  expect(spacers()).toEqual([`${488 * 100 + 150}px`, `${476 * 100}px`]);
});

test("a row that is no longer taller has the height of the others", () => {
  layOut({ SIM00998: 150 });
  renderTable(manyHoldings(1000));
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(100);
  scrollTo(500);
  scrollTo(50_000);
  expect(spacers()[0]).toBe("49000px");
});

test("an open row has a height of its own", async () => {
  layOut({ shares: 300 });
  renderTable(manyHoldings(1000));
  await userEvent.click(screen.getByRole("button", { name: /^SIM00999/ }));
  scrollTo(50_000);
  const [first = 0] = ends();
  expect(spacers()[0]).toBe(`${first * 100 + 200}px`);
});

test("a search in a table that was scrolled shows its matches from the top", async () => {
  layOut();
  renderTable(manyHoldings(1000));
  scrollTo(50_000);
  await userEvent.type(screen.getByRole("searchbox"), "SIM00");
  expect(box().scrollTop).toBe(0);
  expect(ends()).toEqual([0, 25]);
  await userEvent.type(screen.getByRole("searchbox"), "12");
  expect(lines()).toHaveLength(10);
  expect(spacers()).toEqual([]);
  expect(screen.getByRole("table")).toHaveAttribute("aria-rowcount", "11");
});

test("the ARIA row count and indices are those of the whole table, which the keyboard scrolls", () => {
  renderTable(manyHoldings(10_000));
  expect(lines().length).toBeLessThan(60);
  expect(screen.getByRole("table")).toHaveAttribute("aria-rowcount", "10001");
  expect(lines()[0]).toHaveAttribute("aria-rowindex", "2");
  expect(box()).toHaveAttribute("tabindex", "0");
});

test("a new sort order scrolls to the top", async () => {
  renderTable(manyHoldings(500));
  scrollTo(5000);
  await userEvent.click(screen.getByRole("button", { name: "Holding" }));
  expect(box().scrollTop).toBe(0);
  expect(titles()[0]).toBe("SIM00000");
});

test("an expanded row stays in its place", async () => {
  renderTable(manyHoldings(500));
  await userEvent.click(screen.getByRole("button", { name: /^SIM00499/ }));
  expect(within(lines()[1] as HTMLElement).getByRole("list")).toBeVisible();
  expect(lines()[2]).toHaveTextContent("SIM00498");
  expect(screen.getByRole("table")).toHaveAttribute("aria-rowcount", "502");
});
