"""The providers' portal pages, as small as they can be."""

from html import escape

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<h1>{title}</h1>
{content}
</html>
"""


def connect_page(title: str, client: str) -> str:
    """The form posts to the page's own URL."""
    content = f'<p>{escape(client)} asks for your holdings.</p><form method="post"><button>Connect</button></form>'
    return _PAGE.format(title=escape(title), content=content)


def done_page(title: str) -> str:
    return _PAGE.format(title=escape(title), content="<p>Connected. You can close this page.</p>")
