"""Render minimal portal pages of the providers."""

from html import escape

_PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{title}</title>
  <style>
    :root {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }}
    main {{ max-width: 26rem; margin: 12vh auto; padding: 1.5rem; border: 1px solid #8888; border-radius: .75rem }}
    h1 {{ margin: 0; font-size: 1.25rem }}
    button {{ font: inherit; font-weight: 600; padding: .5rem 1.25rem; cursor: pointer }}
  </style>
</head>
<body><main>
<h1>{title}</h1>
{content}
</main></body>
</html>
"""


def render_connect_page(title: str, client: str) -> str:
    """Render a page whose form posts to the page's own URL."""
    content = f'<p>{escape(client)} asks for your holdings.</p><form method="post"><button>Connect</button></form>'
    return _PAGE.format(title=escape(title), content=content)


def render_done_page(title: str) -> str:
    """Render the page that confirms the connection."""
    return _PAGE.format(title=escape(title), content="<p>Connected. You can close this page.</p>")
