"""Measure the page load in Chromium: first paint, largest paint, transferred bytes, and blocking time of scripts."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks.code import Code
from benchmarks.report import Row, Section
from benchmarks.stage import Account, Stage

_RUNS = 7
_POSITIONS = 10_000
_BUDGET_KB = 200
_SETTLED_MS = 1_000
_SKELETON_MS = 1_500.0
_HOLDINGS_MS = 3_000.0
_ACTION_MS = 1_500.0
_FRAME_MS = 500.0
# Lighthouse's own mobile profile: a slow 4G line and a processor four times slower.
_SLOW_LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
_SLOW_PROCESSOR = {"rate": 4}

_OBSERVE = """
window.measured = {lcp: 0, blocked: 0, longest: 0};
new PerformanceObserver((list) => { for (const entry of list.getEntries()) measured.lcp = entry.startTime; })
  .observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver((list) => {
  for (const {duration} of list.getEntries()) {
    measured.blocked += duration - 50;
    measured.longest = Math.max(measured.longest, duration);
  }
}).observe({type: "longtask", buffered: true});
new MutationObserver((_records, observer) => {
  if (!document.querySelector("tr[data-ticker]")) return;
  performance.mark("tidings-shown");
  observer.disconnect();
}).observe(document, {childList: true, subtree: true});
"""
_READ = """() => {
  const [navigation] = performance.getEntriesByType("navigation");
  const ours = performance.getEntriesByType("resource").filter((one) => /\\/assets\\//.test(one.name));
  const sent = (entries) => entries.reduce((sum, {transferSize}) => sum + transferSize, 0);
  return {
    fcp: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    lcp: measured.lcp,
    blocked: measured.blocked,
    longest: measured.longest,
    shown: performance.getEntriesByName("tidings-shown")[0].startTime,
    kilobytes: (navigation.transferSize + sent(ours)) / 1000,
  };
}"""


_TIMED = """async ([selector, act]) => {
  const settled = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const element = document.querySelector(selector);
  const began = performance.now();
  if (act === "click") element.click();
  else {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(element, act);
    element.dispatchEvent(new Event("input", {bubbles: true}));
  }
  await settled();
  return performance.now() - began;
}"""
_LONGEST_FRAME = """async (selector) => {
  const box = document.querySelector(selector);
  const frames = [];
  let last = performance.now();
  for (let step = 1; step <= 60; step++) {
    box.scrollTop = (box.scrollHeight - box.clientHeight) * step / 60;
    await new Promise((done) => requestAnimationFrame(done));
    frames.push(performance.now() - last);
    last = performance.now();
  }
  return Math.max(...frames);
}"""


@dataclass(frozen=True)
class Load:
    """Times in ms since the navigation began. `shown`: holdings are visible; `blocked`: sum above 50 ms per task."""

    fcp: float
    lcp: float
    shown: float
    blocked: float
    longest: float
    kilobytes: float


def measure(_code: Code, stage: Stage) -> Section:
    small = stage.account(plaid=1, snaptrade=1)
    large = stage.account(plaid=1, fetched=False)
    stage.control("plaid", "positions", item_id=large.plaid[0], count=_POSITIONS)
    with httpx.Client(base_url=stage.cloud.front, cookies={"session_id": large.cookie}, timeout=40) as client:
        client.post("/holdings/refresh", headers=stage.origin).raise_for_status()
    with open_browser() as browser:
        cold = _loads(browser, stage, small)
        warm = _loads(browser, stage, small, kept=True)
        slow = _loads(browser, stage, small, slow=True)
        many = _loads(browser, stage, large)
        used = _use(browser, stage, large)
    downloaded = max(load.kilobytes for load in cold)
    rows = [
        Row("downloaded, empty cache", f"{downloaded:.0f} kB", f"≤ {_BUDGET_KB} kB", downloaded <= _BUDGET_KB),
        Row("downloaded again, assets cached", f"{max(load.kilobytes for load in warm):.1f} kB"),
        *_rows("empty cache", cold),
        *_rows("assets cached", warm),
        *_budgeted(slow),
        *_rows("slow 4G, processor four times slower", slow),
        *_rows(f"{_POSITIONS:,} positions", many),
        *used,
    ]
    return Section("The page in a browser", "python -m benchmarks page_load", rows, _NOTES)


def _rows(what: str, loads: Sequence[Load]) -> list[Row]:
    def middle(figure: Callable[[Load], float]) -> str:
        return f"{median(figure(load) for load in loads):.0f} ms"

    paints = f"{middle(lambda load: load.fcp)}, {middle(lambda load: load.lcp)}, {middle(lambda load: load.shown)}"
    blocking = f"{middle(lambda load: load.blocked)} in total, longest task {middle(lambda load: load.longest)}"
    return [Row(f"{what}: first paint, largest paint, holdings shown", paints), Row(f"{what}: blocked", blocking)]


def _budgeted(slow: Sequence[Load]) -> list[Row]:
    """Compare a new visitor's slow load with its budgets. The first paint is that of the skeleton."""
    taken = {
        "skeleton shown": (median(load.fcp for load in slow), _SKELETON_MS),
        "holdings shown": (median(load.shown for load in slow), _HOLDINGS_MS),
    }
    return [
        Row(f"slow 4G, processor four times slower: {what}", f"{took:.0f} ms", f"≤ {budget:g} ms", took <= budget)
        for what, (took, budget) in taken.items()
    ]


def _loads(
    browser: Browser, stage: Stage, account: Account, *, kept: bool = False, slow: bool = False
) -> Sequence[Load]:
    """Load the page repeatedly, each time in a new profile. With `kept`, the profile has cached the assets."""
    loads = []
    for _ in range(_RUNS):
        profile = open_profile(browser, stage, account)
        profile.add_init_script(_OBSERVE)
        if kept:
            _load(profile, slow=slow)
        loads.append(_load(profile, slow=slow))
        profile.close()
    return loads


def _use(browser: Browser, stage: Stage, account: Account) -> list[Row]:
    """Measure one sort, scroll and search of many rows."""
    profile = open_profile(browser, stage, account)
    page = profile.new_page()
    page.goto("/")
    page.locator("tr[data-ticker]").first.wait_for()
    taken = {
        "sorted": (page.evaluate(_TIMED, ["th.tidings-col-quantity button", "click"]), _ACTION_MS),
        "longest frame of a scroll": (page.evaluate(_LONGEST_FRAME, "[aria-label='Holdings, scrollable']"), _FRAME_MS),
        "searched": (page.evaluate(_TIMED, ["input[type=search]", "sim09999"]), _ACTION_MS),
    }
    profile.close()
    return [
        Row(f"{_POSITIONS:,} positions: {what}", f"{took:.0f} ms", f"≤ {budget:g} ms", took <= budget)
        for what, (took, budget) in taken.items()
    ]


def open_profile(browser: Browser, stage: Stage, account: Account) -> BrowserContext:
    profile = browser.new_context(base_url=stage.cloud.front, viewport={"width": 1280, "height": 900})
    profile.add_cookies([{"name": "session_id", "value": account.cookie, "url": stage.cloud.front}])
    return profile


def _load(profile: BrowserContext, *, slow: bool) -> Load:
    page = profile.new_page()
    if slow:
        _slow_down(page)
    page.goto("/")
    page.locator("tr[data-ticker]").first.wait_for()
    page.wait_for_timeout(_SETTLED_MS)
    measured = Load(**page.evaluate(_READ))
    page.close()
    return measured


def _slow_down(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", _SLOW_LINE)
    session.send("Emulation.setCPUThrottlingRate", _SLOW_PROCESSOR)


@contextmanager
def open_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Chromium's own sandbox does not work for root.
        launched = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=["--disable-gpu"],
            chromium_sandbox=os.geteuid() != 0,
        )
        yield launched
        launched.close()


_NOTES = f"""\
Headless Chromium on the same machine as everything it calls. Medians of {_RUNS} loads for a signed-in user with a
Plaid item and a SnapTrade connection. Downloaded bytes are those of the page with its scripts and styles, as sent,
headers included, without the API's responses. "Blocked" is Lighthouse's total blocking time: the sum of what
exceeds 50 ms in every task of the main thread. "Slow 4G" is Lighthouse's mobile profile (1.6 Mbit/s, 150 ms),
applied by the browser, with an empty cache. The skeleton is in the page's HTML, so the first paint shows it. A real
phone differs."""
