"""The layout holds in each state of the page, at three widths. `make screenshots` keeps a picture of each.

Colours, and nothing else, depend on the scheme: the styles choose by `light-dark()`, which takes colours alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import mocked_page, sample_portfolio
from tests.e2e.browser.geometry import find_faults
from tests.e2e.browser.mocked_page import Answers, recorded
from tests.e2e.browser.screenshots import Screenshots
from tests.e2e.browser.tabs import HOLD_STATE, TIMEOUT_MS

_WIDTHS = (1440, 1024, 390)
_HEIGHT = 900
_MANY = 1_000
"""Far more rows than the page renders at once."""
_COLUMNS = [
    column for columns in ("Quantity Price Value Gain", "Anzahl Kurs Wert Gewinn") for column in columns.split()
]
_UNAVAILABLE = {
    "status": 503,
    "headers": {"content-type": "application/problem+json", "retry-after": "60"},
    "body": {"type": "urn:tidings:problem:store-unavailable", "title": "The storage is unavailable", "status": 503},
}
_DEFECT = """() => {
  const get = () => { throw new Error("a defect"); };
  Object.defineProperty(Intl.NumberFormat.prototype, "format", {get});
  [...document.querySelectorAll("label")].find((label) => label.textContent === "Type").click();
}"""
Prepare = Callable[[Answers], None]
Reach = Callable[[Page], None]


def _nothing(_subject: object) -> None:
    """Change nothing."""


def _sign_out(answers: Answers) -> None:
    for path in ("/holdings", "/pending-updates", "/connections"):
        answers.routes[f"GET {path}"] = recorded("unauthenticated")


def _connect_nothing(answers: Answers) -> None:
    answers.routes["GET /holdings"] = recorded("holdings-nothing-fetched")
    answers.routes["GET /connections"]["body"]["connections"] = []


def _fetch_nothing(answers: Answers) -> None:
    answers.routes["GET /holdings"] = recorded("holdings-nothing-fetched")


def _announce_update(answers: Answers) -> None:
    answers.routes["GET /pending-updates"] = recorded("pending-update")


def _fail_one_broker(answers: Answers) -> None:
    """Let the refresh fail at the first connection."""
    metadata = answers.routes["POST /holdings/refresh"]["body"]["holdings"]["portfolio_metadata"]
    source = answers.routes["GET /connections"]["body"]["connections"][0]["source_id"]
    failed = {"status": "failed", "error": "provider-outage", "changed": False}
    outcome = metadata["providers"]["plaid"]
    outcome |= {**failed, "sources": {source: {**next(iter(outcome["sources"].values())), **failed}}}


def _fail_to_change_connections(answers: Answers) -> None:
    """Let no connection be opened or ended."""
    connection = answers.routes["GET /connections"]["body"]["connections"][0]
    connection["institution"] = "Vanguard Personal Advisor Services"
    answers.routes["POST /plaid/create-connection-url"] = _UNAVAILABLE
    answers.routes[f"DELETE /plaid/items/{connection['source_id']}"] = _UNAVAILABLE


def _refresh_with(answer: str | None) -> Prepare:
    def prepare(answers: Answers) -> None:
        answers.routes["POST /holdings/refresh"] = None if answer is None else recorded(answer)

    return prepare


def _cool_down(answers: Answers) -> None:
    """Refuse the refresh, and let polls name an end that no slow machine reaches."""
    _refresh_with("refresh-cooling-down")(answers)
    end = (datetime.now(UTC) + timedelta(minutes=15)).isoformat()
    for state in answers.routes["GET /pending-updates"]["body"]["providers"].values():
        state["refresh_available_at"] = end


def _connection_status(status: str, reason: str) -> Prepare:
    def prepare(answers: Answers) -> None:
        answers.routes["GET /pending-updates"] = recorded("pending-reconnect")
        broken = answers.routes["GET /connections"]["body"]["connections"][0]
        broken |= {"status": status, "status_reason": reason}

    return prepare


def _hold_nothing(answers: Answers) -> None:
    held = answers.routes["GET /holdings"]["body"]["holdings"]["portfolio_data"]
    held |= {"holdings": [], "totals_by_currency": {}, "total_portfolio_value": 0}


def _hold_much(answers: Answers) -> None:
    answers.routes["GET /holdings"] = mocked_page.many_holdings(_MANY)


def _import(answers: Answers) -> None:
    """Leave both connections without holdings, and the import of the first without an answer."""
    answers.routes |= {
        "GET /holdings": recorded("holdings-nothing-fetched"),
        "GET /connections": recorded("connections"),
        "GET /pending-updates": recorded("pending-update"),
        "POST /holdings/refresh": None,
    }


def _fail_import(answers: Answers) -> None:
    _import(answers)
    answers.routes["POST /holdings/refresh"] = recorded("refresh-plaid-broken")


def _change_holdings(answers: Answers) -> None:
    """Let the refresh tell of changes of each kind."""
    body = answers.routes["POST /holdings/refresh"]["body"]
    counts = {"added": 1, "removed": 1, "quantity_changed": 1}
    body["holdings"]["portfolio_metadata"]["changes"] = {**counts, "rows": sample_portfolio.changes(body)}


def _connect_twice(answers: Answers) -> None:
    connections = answers.routes["GET /connections"]["body"]["connections"]
    connections.append(connections[0] | {"source_id": "newer", "duplicate_of": connections[0]["source_id"]})


def _refuse_polls(answers: Answers) -> None:
    answers.routes["GET /pending-updates"] = recorded("no-such-route")


def _load_nothing(answers: Answers) -> None:
    answers.routes["GET /holdings"] = None


def _wait_for(role: Any, name: str) -> Reach:  # noqa: ANN401 - one of Playwright's many roles
    return lambda page: expect(page.get_by_role(role, name=name).first).to_be_visible()


def _is_loaded(page: Page) -> None:
    expect(page.locator("h2#holdings")).to_be_visible()


def _press(*names: str, then: Reach = _nothing) -> Reach:
    def reach(page: Page) -> None:
        _is_loaded(page)
        for name in names:
            page.get_by_role("button", name=name).first.click()
        then(page)

    return reach


def _shows(selector: str) -> Reach:
    return lambda page: expect(page.locator(selector).first).to_be_visible()


def _show_toasts(page: Page) -> None:
    """Show two messages, of which one is long."""
    page.get_by_role("button", name="Disconnect Vanguard").click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    page.get_by_role("button", name="Add account").click()
    page.get_by_role("button", name="Another bank or broker").click()
    expect(page.locator("[data-sonner-toast]")).to_have_count(2)


def _find_faults_while_scrolled(page: Page) -> list[str]:
    """Find faults at each height of the page. The pointer keeps the messages from leaving."""
    page.evaluate("scrollTo(0, 0)")
    page.locator("[data-sonner-toast]").first.hover()
    found = []
    for step in range(page.evaluate("Math.ceil(document.documentElement.scrollHeight / 200)")):
        page.evaluate("(top) => scrollTo(0, top)", 200 * step)
        expect(page.locator("[data-sonner-toast]").first).to_be_visible()
        found += find_faults(page, _COLUMNS)
    return sorted(set(found))


def _note(text: str) -> Reach:
    return lambda page: expect(page.locator(".freshness__note")).to_contain_text(text)


def _open_rates(page: Page) -> None:
    _is_loaded(page)
    page.locator(".rates summary").click()
    page.locator(".history__table summary").click()


def _search_brokers(page: Page) -> None:
    page.get_by_role("searchbox", name="Search brokers").fill("a name that no broker has")
    expect(page.get_by_text("No broker is called")).to_be_visible()


def _go_offline(page: Page) -> None:
    _is_loaded(page)
    page.context.set_offline(True)


def _crash(page: Page) -> None:
    """Let the next rendering fail, as a defect of the page would."""
    _is_loaded(page)
    page.evaluate(_DEFECT)
    expect(page.get_by_role("alert").filter(has=page.get_by_role("button"))).to_be_visible()


def _open_all(page: Page) -> None:
    """Open every row and account."""
    _is_loaded(page)
    closed = page.locator("main button[aria-expanded=false]")
    for _ in range(closed.count()):
        closed.first.click()


_STATES: dict[str, tuple[Prepare, Reach]] = {
    "signed-out": (_sign_out, _wait_for("button", "Sign in")),
    "skeleton": (_load_nothing, _shows("main .skeleton[role=status]")),
    "welcome": (_connect_nothing, _wait_for("heading", "Add your first account")),
    "adding": (_nothing, _press("Add account", then=_wait_for("button", "Another bank or broker"))),
    "adding-nothing-found": (_nothing, _press("Add account", then=_search_brokers)),
    "importing": (_import, _wait_for("heading", "Importing your accounts…")),
    "import-failed": (_fail_import, _wait_for("heading", "Your accounts could not be imported")),
    "loaded": (_nothing, _is_loaded),
    "freshness": (_nothing, _press("Details", then=_shows(".freshness__panel"))),
    "rates": (_nothing, _open_rates),
    "pending": (_announce_update, _wait_for("button", "Refresh Now")),
    "refreshing": (_refresh_with(None), _press("Refresh", then=_note("Getting your newest data"))),
    "refreshed": (_change_holdings, _press("Refresh", then=_note("1 new, 1 changed, 1 gone"))),
    "partial": (_fail_one_broker, _press("Refresh", then=_shows(".freshness__line .tidings-down"))),
    "cooldown": (_cool_down, _press("Refresh", then=_note("You updated a moment ago"))),
    "reconnect": (
        _connection_status("reconnect_required", "item_login_required"),
        _wait_for("region", "Reconnect needed"),
    ),
    "ended": (_connection_status("revoked", "user_permission_revoked"), _is_loaded),
    "twice": (_connect_twice, _wait_for("list", "Connected twice")),
    "offline": (_nothing, _go_offline),
    "outage": (_refuse_polls, _shows(".freshness__outage:not(:empty)")),
    "unreachable": (
        lambda answers: answers.routes.update({"GET /holdings": _UNAVAILABLE}),
        _wait_for("button", "Try again"),
    ),
    "many": (_hold_much, _is_loaded),
    "empty": (_hold_nothing, _wait_for("heading", "Connections")),
    "crash": (_nothing, _crash),
    "expanded": (_nothing, _open_all),
    "disconnecting": (_nothing, _press("Disconnect First Platypus Bank", then=_wait_for("dialog", ""))),
    "replacing": (
        _connection_status("reconnect_required", "credential_lost"),
        _press("Reconnect First Platypus Bank", then=_wait_for("dialog", "connected anew")),
    ),
    "toasts": (_fail_to_change_connections, _show_toasts),
    "simulator": (_nothing, _press("Broker simulator", then=_wait_for("complementary", "Broker simulator"))),
}


_GERMAN_STATES: dict[str, tuple[Prepare, Reach]] = {
    "welcome": (_connect_nothing, _wait_for("heading", "Fügen Sie Ihr erstes Konto hinzu")),
    "loaded": (_nothing, _wait_for("heading", "Bestände")),
    "adding": (_nothing, _press("Konto hinzufügen", then=_wait_for("searchbox", ""))),
    "importing": (_import, _wait_for("heading", "Ihre Konten werden importiert …")),
    "freshness": (_nothing, _press("Einzelheiten", then=_shows(".freshness__panel"))),
    "pending": (_announce_update, _wait_for("button", "Jetzt aktualisieren")),
    "refreshed": (_change_holdings, _press("Aktualisieren", then=_shows(".freshness__note > span"))),
    "expanded": (_nothing, _open_all),
    "rates": (_nothing, _open_rates),
    "outage": (_refuse_polls, _shows(".freshness__outage:not(:empty)")),
    "reconnect": (
        _connection_status("reconnect_required", "item_login_required"),
        _wait_for("button", "Neu verbinden"),
    ),
}


@dataclass
class Stage:
    """One page for all states of a language."""

    page: Page
    screenshots: Screenshots

    def faults(self, name: str, prepare: Prepare, reach: Reach) -> dict[int, list[str]]:
        """Reach a state, and return its faults by width."""
        answers = mocked_page.signed_in()
        prepare(answers)
        self.page.context.unroute_all()
        self.page.context.set_offline(False)
        answers.serve(self.page.context)
        self.page.set_viewport_size({"width": _WIDTHS[0], "height": _HEIGHT})
        self.page.goto("/")
        reach(self.page)
        found = {}
        for width in _WIDTHS:
            self.page.set_viewport_size({"width": width, "height": _HEIGHT})
            has_toasts = self.page.locator("[data-sonner-toast]").count() > 0
            found[width] = _find_faults_while_scrolled(self.page) if has_toasts else find_faults(self.page, _COLUMNS)
            self.screenshots.take(self.page, f"layout-{name}-{width}", full_page=name != "many")
        return {width: faults for width, faults in found.items() if faults}


def _stage(browser: Browser, screenshots: Screenshots, locale: str) -> Iterator[Stage]:
    context = browser.new_context(locale=locale, reduced_motion="reduce", base_url=mocked_page.ORIGIN)
    context.set_default_timeout(TIMEOUT_MS)
    context.add_init_script(HOLD_STATE)
    yield Stage(context.new_page(), screenshots)
    context.close()


@pytest.fixture(scope="module")
def english(browser: Browser, screenshots: Screenshots) -> Iterator[Stage]:
    yield from _stage(browser, screenshots, "en-US")


@pytest.fixture(scope="module")
def german(browser: Browser, screenshots: Screenshots) -> Iterator[Stage]:
    yield from _stage(browser, screenshots, "de-DE")


@pytest.mark.parametrize("state", _STATES)
def test_layout_holds(english: Stage, state: str) -> None:
    assert english.faults(state, *_STATES[state]) == {}


@pytest.mark.parametrize("state", _GERMAN_STATES)
def test_layout_holds_in_german(german: Stage, state: str) -> None:
    assert german.faults(f"german-{state}", *_GERMAN_STATES[state]) == {}
