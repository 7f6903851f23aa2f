import { fireEvent, screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { manyHoldings } from "../support/factories.js";
import { renderTable, titles } from "../support/holdingsTable.js";

describe("a table of 10,000 rows", () => {
  const box = () => screen.getByRole("region", { name: "Holdings, scrollable" });
  const inPage = () => screen.getAllByRole("row").filter((row) => row.hasAttribute("data-line"));

  test("only rows in view are rendered, and aria-rowcount has the total", () => {
    renderTable(manyHoldings(10_000));
    expect(inPage().length).toBeLessThan(60);
    expect(screen.getByRole("table")).toHaveAttribute("aria-rowcount", "10001");
    expect(inPage()[0]).toHaveAttribute("aria-rowindex", "2");
    expect(box()).toHaveAttribute("tabindex", "0");
  });

  test("scrolling renders other rows", () => {
    renderTable(manyHoldings(10_000));
    box().scrollTop = 57 * 5000;
    fireEvent.scroll(box());
    const shown = inPage().map((row) => Number(row.getAttribute("aria-rowindex")) - 2);
    expect(shown).toContain(5000);
    expect(shown).not.toContain(0);
  });

  test("a new sort order scrolls to the top", async () => {
    renderTable(manyHoldings(500));
    box().scrollTop = 5000;
    fireEvent.scroll(box());
    await userEvent.click(screen.getByRole("button", { name: "Holding" }));
    expect(box().scrollTop).toBe(0);
    expect(titles()[0]).toBe("SIM00000");
  });

  test("an expanded row stays in its place", async () => {
    renderTable(manyHoldings(500));
    await userEvent.click(screen.getByRole("button", { name: /^SIM00499/ }));
    const rows = inPage();
    expect(within(rows[1] as HTMLElement).getByRole("list")).toBeVisible();
    expect(rows[2]).toHaveTextContent("SIM00498");
    expect(screen.getByRole("table")).toHaveAttribute("aria-rowcount", "502");
  });

  test("taller rows keep their own height in the spacer", async () => {
    vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockImplementation(function height(this: HTMLElement) {
      return this.dataset.ticker === "SIM00999" ? 150 : 100;
    });
    const { container } = renderTable(manyHoldings(1000));
    box().scrollTop = 100 * 900;
    fireEvent.scroll(box());
    const [first] = inPage();
    const above = Number(first?.getAttribute("aria-rowindex")) - 2;
    expect(above).toBeGreaterThan(800);
    expect(container.querySelector(".tidings-spacer")).toHaveStyle({ height: `${above * 100 + 50}px` });
  });

  test("the spacer has the height of the rows left out", () => {
    vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(100);
    const { container } = renderTable(manyHoldings(1000));
    const left = 1000 - inPage().length;
    expect(container.querySelector(".tidings-spacer")).toHaveStyle({ height: `${left * 100}px` });
  });
});
