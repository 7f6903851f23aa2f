"""Render the portal pages of the providers: choose an institution, sign in, connect, cancel or fail.

The pages work without scripts. A form posts to the page's own URL: `outcome` and the chosen `institution`. A post
without fields connects, so that a test needs one request.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Literal, cast
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request

Outcome = Literal["connect", "cancel", "fail"]

_PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{title} (simulated)</title>
  <style>
    :root {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }}
    body {{ margin: 0; color: light-dark(#1c2330, #e8ebf0); background: light-dark(#eef0f4, #10131a) }}
    .mark {{ margin: 0; padding: .5rem; font-size: .875rem; text-align: center;
      color: #1c2330; background: repeating-linear-gradient(135deg, #ffd98a 0 1rem, #ffe2a6 1rem 2rem) }}
    main {{ box-sizing: border-box; width: min(28.5rem, 100% - 2rem); margin: 6vh auto; padding: 1.75rem;
      border-radius: 1rem; background: light-dark(#fff, #1a1f29); box-shadow: 0 1px 3px #0003, 0 12px 32px #0002 }}
    h1 {{ margin: 0; font-size: 1.375rem; line-height: 1.25 }}
    p {{ margin: .5rem 0 }}
    ul {{ display: grid; gap: .5rem; margin: 1.25rem 0; padding: 0; list-style: none }}
    form {{ display: grid; gap: .75rem; margin-top: 1.25rem }}
    label {{ display: grid; gap: .25rem; font-size: .875rem }}
    input, a.choice, button {{ box-sizing: border-box; width: 100%; min-height: 2.75rem; padding: .5rem .875rem;
      font: inherit; color: inherit; background: none; border: 1px solid light-dark(#c3c9d4, #475063);
      border-radius: .625rem }}
    a.choice {{ display: grid; align-items: center; text-decoration: none }}
    a.choice:hover {{ background: light-dark(#f4f6f9, #232936) }}
    button {{ font-weight: 600; cursor: pointer }}
    button.main {{ color: #fff; background: #2450c8; border-color: transparent }}
    button.quiet {{ border-color: transparent }}
    :focus-visible {{ outline: 2px solid #4d7cff; outline-offset: 2px }}
    .simulated {{ padding-top: .75rem; border-top: 1px dashed light-dark(#c3c9d4, #475063) }}
    small {{ color: light-dark(#5a6475, #a3acbd) }}
  </style>
</head>
<body>
<header class="mark">Simulated: no real broker, no real account. Enter nothing secret.</header>
<main>
<h1>{heading}</h1>
{content}
</main></body>
</html>
"""
_OTHERS = """<button class="quiet" name="outcome" value="cancel">Cancel</button>"""
_FAIL = """<button class="quiet" name="outcome" value="fail">Fail the sign-in</button>"""


@dataclass(frozen=True)
class UserChoice:
    """What the user chose on a page. `institution`: None if the page did not ask."""

    outcome: Outcome
    institution: str | None


async def read_choice(request: Request) -> UserChoice:
    """Read the form that the user posted."""
    fields = parse_qs((await request.body()).decode())
    outcome = fields.get("outcome", ["connect"])[0]
    if outcome not in {"connect", "cancel", "fail"}:
        raise ValueError(f"unknown outcome {outcome}")
    return UserChoice(cast(Outcome, outcome), fields.get("institution", [None])[0])


def render_choice_page(title: str, client: str, institutions: Mapping[str, str], query: Mapping[str, str]) -> str:
    """Render the list of institutions. Each is a link to the page itself with the institution in its query."""
    links = "".join(
        f'<li><a class="choice" href="?{escape(urlencode({**query, "institution": key}))}">{escape(name)}</a></li>'
        for key, name in sorted(institutions.items(), key=lambda one: one[1])
    )
    content = f"<p>{escape(client)} asks for your holdings, to read only.</p><ul>{links}</ul>"
    return _render(title, "Choose your institution", f'{content}<form method="post">{_OTHERS}</form>')


def render_sign_in_page(title: str, client: str, institution: str, name: str) -> str:
    """Render the institution's sign-in, whose form posts to the page's own URL."""
    content = f"""<p>{escape(client)} will see your accounts and holdings. It can't trade or move money.</p>
<form method="post">
<input type="hidden" name="institution" value="{escape(institution)}">
<label>User name <input value="demo" autocomplete="off"></label>
<label>Password <input type="password" value="demo" autocomplete="off"></label>
<button class="main" name="outcome" value="connect">Connect</button>
{_OTHERS}
<p class="simulated"><small>Any input works. This returns as after a wrong password:</small>{_FAIL}</p>
</form>"""
    return _render(title, f"Sign in to {escape(name)}", content)


def render_done_page(title: str, outcome: Outcome) -> str:
    """Render the last page where no redirect was requested."""
    done = "Connected." if outcome == "connect" else "Nothing was connected."
    return _render(title, done, "<p>You can close this page.</p>")


def _render(title: str, heading: str, content: str) -> str:
    return _PAGE.format(title=escape(title), heading=heading, content=content)
