"""Find faults in the layout of a page as it is shown: clipped, covered or misaligned text, and sideways scroll."""

from collections.abc import Collection

from playwright.sync_api import Page

_FIND = r"""
(alignedColumns) => {
  const SLACK = 1.5;
  const faults = [];
  const root = document.querySelector("dialog:modal") ?? document.body;
  const words = (element) => element.textContent.trim().replace(/\s+/g, " ").slice(0, 60);
  const isNumber = (text) => /\d/.test(text);
  const isOver = (one, other) =>
    Math.min(one.right, other.right) - Math.max(one.left, other.left) > SLACK &&
    Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > SLACK;

  const ancestors = (element) => {
    const found = [];
    for (let one = element; one && one !== document.documentElement; one = one.parentElement) found.push(one);
    return found;
  };
  const styles = new Map();
  const style = (element) => {
    if (!styles.has(element)) styles.set(element, getComputedStyle(element));
    return styles.get(element);
  };
  const isVisible = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const isHiddenForEyes = (element) => ancestors(element).some((one) => style(one).clipPath !== "none");
  const layer = (element) =>
    ancestors(element).find((one) => {
      const { position, zIndex, backgroundColor } = style(one);
      const isAbove = position !== "static" && zIndex !== "auto" && backgroundColor !== "rgba(0, 0, 0, 0)";
      return ["fixed", "sticky"].includes(position) || isAbove;
    });

  // Each piece of text: the boxes of an element's own words, without its children's.
  const pieces = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() === "" || element.closest("script, style, option, svg, noscript")) continue;
    if (!isVisible(element) || isHiddenForEyes(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.width < 1 || box.height < 1) continue;
    const lines = [...range.getClientRects()];
    pieces.push({ node, element, box, lines, text: node.data.trim(), layer: layer(element) });
  }

  // Clipping: an ancestor that does not scroll cuts the text. Only words may end in an ellipsis, never a number.
  for (const piece of pieces) {
    let { left, right, top, bottom } = piece.box;
    for (const one of ancestors(piece.element)) {
      const { overflowX, overflowY, textOverflow, position } = style(one);
      if (overflowX === "visible" && overflowY === "visible") continue;
      const frame = one.getBoundingClientRect();
      const isCut = (over, start, end) =>
        (over === "hidden" || over === "clip") && (start > SLACK || end > SLACK);
      const isCutSideways = isCut(overflowX, frame.left - left, right - frame.right);
      if (isCutSideways && (textOverflow !== "ellipsis" || /^[^\p{L}]*\d[\d.,\s]*[^\p{L}]*$/u.test(piece.text)))
        faults.push(`clipped sideways: ${words(piece.element)}`);
      if (isCut(overflowY, frame.top - top, bottom - frame.bottom))
        faults.push(`clipped in height: ${words(piece.element)}`);
      left = Math.max(left, frame.left);
      right = Math.min(right, frame.right);
      top = Math.max(top, frame.top);
      bottom = Math.min(bottom, frame.bottom);
      if (position === "fixed") break;
    }
    piece.shown = { left, right, top, bottom };
    piece.lines = piece.lines.map((line) => ({
      left: Math.max(line.left, left),
      right: Math.min(line.right, right),
      top: Math.max(line.top, top),
      bottom: Math.min(line.bottom, bottom),
    }));
    const isShown = right - left > SLACK && bottom - top > SLACK;
    if (isShown && (right > innerWidth + SLACK || left < -SLACK))
      faults.push(`beyond the window: ${words(piece.element)}`);
    piece.isShown = isShown;
  }

  // Overlap of texts in one layer. What is fixed or sticky lies above the rest, which scrolls below it.
  const shown = pieces.filter((piece) => piece.isShown);
  shown.forEach((piece, index) => {
    for (const other of shown.slice(index + 1)) {
      if (piece.layer !== other.layer || piece.element.contains(other.element) || other.element.contains(piece.element))
        continue;
      if (!isOver(piece.shown, other.shown)) continue;
      // A wrapped text leaves room in its first and last line.
      if (piece.lines.some((line) => other.lines.some((otherLine) => isOver(line, otherLine))))
        faults.push(`overlap: ${piece.text} / ${other.text}`);
    }
  });

  const isScrolled = (element) => element !== document.body && style(element).overflowY !== "visible";

  // Controls in one layer, none in another.
  const controls = [...root.querySelectorAll("button, input, select, summary, a[href]")]
    .filter((one) => isVisible(one) && !isHiddenForEyes(one) && !ancestors(one).some(isScrolled))
    .map((element) => ({ element, box: element.getBoundingClientRect(), layer: layer(element) }))
    .filter(({ box, element }) => box.width > 2 && style(element).opacity !== "0");
  controls.forEach((control, index) => {
    for (const other of controls.slice(index + 1))
      if (control.layer === other.layer && isOver(control.box, other.box))
        faults.push(`controls overlap: ${words(control.element)} / ${words(other.element)}`);
  });

  // Sideways scroll of the page or of a box in it.
  const page = document.scrollingElement;
  if (page.scrollWidth > document.documentElement.clientWidth) faults.push("the page scrolls sideways");
  for (const box of root.querySelectorAll("*"))
    if (["auto", "scroll"].includes(style(box).overflowX) && box.scrollWidth > box.clientWidth + SLACK)
      faults.push(`scrolls sideways: ${box.getAttribute("aria-label") ?? box.className}`);

  // Messages above the page: numbers that could be read without them.
  const toasts = [...document.querySelectorAll("[data-sonner-toast]")];
  const boxes = toasts.map((toast) => toast.getBoundingClientRect());
  for (const toast of toasts) toast.style.visibility = "hidden";
  for (const { element, text, lines } of shown)
    for (const box of isNumber(text) ? boxes : [])
      for (const line of lines.filter((one) => isOver(one, box))) {
        const x = (Math.max(line.left, box.left) + Math.min(line.right, box.right)) / 2;
        const y = (Math.max(line.top, box.top) + Math.min(line.bottom, box.bottom)) / 2;
        if (element.contains(document.elementFromPoint(x, y))) faults.push(`under a message: ${text}`);
      }
  for (const toast of toasts) toast.style.visibility = "";
  const drawer = document.querySelector("aside");
  if (drawer && innerWidth >= 1024)
    for (const piece of shown)
      if (!drawer.contains(piece.element) && isOver(piece.shown, drawer.getBoundingClientRect()))
        faults.push(`under the drawer: ${piece.text}`);

  // The decimal separators of a column.
  const language = document.documentElement.lang;
  const decimal = new Intl.NumberFormat(language).formatToParts(0.5).find(({ type }) => type === "decimal").value;
  const separator = (cell) => {
    const found = pieces.filter(({ element }) => cell.contains(element));
    const line = found.filter(({ box }) => Math.abs(box.bottom - found[0].box.bottom) < 3);
    for (const { node } of line.toReversed()) {
      const at = node.data.lastIndexOf(decimal);
      if (at < 0) continue;
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      return range.getBoundingClientRect().left;
    }
    return null;
  };
  // What follows the decimal sign below a cell's first line, as a gain's percentage does; not where it flows in a text.
  const tails = (cell) =>
    [...cell.querySelectorAll(".tidings-tail")]
      .filter((tail) => isVisible(tail) && tail.textContent !== "" && style(tail).display === "inline-block")
      .map((tail) => tail.getBoundingClientRect().left);
  const compare = (name, cells) => {
    const places = cells.flatMap((cell) => [separator(cell) ?? [], tails(cell)].flat());
    if (places.length > 1 && Math.max(...places) - Math.min(...places) > SLACK)
      faults.push(`decimals not aligned: ${name} at ${[...new Set(places.map(Math.round))]}`);
  };
  for (const table of root.querySelectorAll("table")) {
    const heads = [...table.querySelectorAll("thead th")];
    heads.forEach((head, index) => {
      const name = words(head);
      const rows = [...table.querySelectorAll("tbody tr")].filter(({ cells }) => cells.length === heads.length);
      if (alignedColumns.includes(name) && head.checkVisibility({ visibilityProperty: true }))
        compare(name, rows.map(({ cells }) => cells[index]));
    });
  }
  for (const list of root.querySelectorAll("ul, ol")) {
    const rows = [...list.children].map((row) => [...row.querySelectorAll(".tidings-number")]);
    const most = Math.max(0, ...rows.map((numbers) => numbers.length));
    for (let place = 0; place < most; place++)
      compare(list.getAttribute("aria-label") ?? list.className, rows.flatMap((numbers) => numbers[place] ?? []));
  }
  return [...new Set(faults)];
}
"""


def find_faults(page: Page, aligned_columns: Collection[str] = ("Value", "Gain")) -> list[str]:
    """Describe each fault of what is shown now; of a page with a modal dialog, of the dialog.

    `aligned_columns` are the heads of the tables' columns whose decimal separators must stand in one line.
    """
    found: list[str] = page.evaluate(_FIND, list(aligned_columns))
    return found
