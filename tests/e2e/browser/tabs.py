"""Open browser profiles and tabs, and collect the errors of their pages."""

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize

from tests.e2e.browser.screenshots import Colours
from tests.e2e.user import User

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
TIMEOUT_MS = 120_000


def _without_timers(which: str) -> str:
    """Write a script that leaves out the timers of which the expression of their `delay` is true."""
    return f"""(() => {{
      const start = window.setTimeout;
      window.setTimeout = (act, delay, ...more) => ({which} ? 0 : start(act, delay, ...more));
    }})()"""


HOLD_STATE = _without_timers("delay >= 4000")
"""A script after which no time limit and no message of the page ends, so that a state holds on a slow machine too."""
_KEEP_TOASTS = _without_timers("delay === 4000")
"""A script that keeps toasts, which end after four seconds: a slow machine may look for one later."""


class Tabs:
    """`complaints`: uncaught script errors and violations of the content security policy."""

    def __init__(self, browser: Browser, front: str) -> None:
        self._browser = browser
        self._front = front
        self._profiles: list[BrowserContext] = []
        self.complaints: list[str] = []

    def profile(
        self,
        user: User | None = None,
        *,
        front: str | None = None,
        viewport: ViewportSize = DESKTOP,
        colours: Colours = "light",
    ) -> BrowserContext:
        """Create a new profile, signed in as `user` if one is given."""
        profile = self._browser.new_context(
            base_url=front or self._front, viewport=viewport, color_scheme=colours, reduced_motion="reduce"
        )
        profile.set_default_timeout(TIMEOUT_MS)
        profile.add_init_script(_KEEP_TOASTS)
        profile.on("weberror", lambda error: self.complaints.append(str(error.error)))
        profile.on("console", self._hear)
        self._profiles.append(profile)
        if user is not None:
            self.sign_in(profile, user)
        return profile

    def sign_in(self, profile: BrowserContext, user: User) -> None:
        """Add the user's session cookie to the profile."""
        session = {"name": "session_id", "value": user.client.cookies["session_id"], "url": self._front}
        profile.add_cookies([{**session, "httpOnly": True, "sameSite": "Lax"}])  # type: ignore[typeddict-item]

    def open(self, profile: BrowserContext) -> Page:
        page = profile.new_page()
        page.goto("/")
        return page

    def close(self) -> None:
        for profile in self._profiles:
            profile.close()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.complaints.append(message.text)
