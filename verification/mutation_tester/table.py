"""Write the tables of docs/mutations.md from the lists."""

from collections.abc import Iterator

from .equivalent import EQUIVALENT
from .listed import LISTED
from .paths import PAGE

_BEGIN, _END = "<!-- written by make mutation-tests -->", "<!-- until here -->"


def page() -> str:
    """Return the page with current tables."""
    before, _, rest = PAGE.read_text().partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n" + "\n".join(_lines()) + f"\n{_END}{after}"


def write() -> None:
    PAGE.write_text(page())


def _lines() -> Iterator[str]:
    yield "### Listed mutations"
    yield ""
    yield "| module | clause | test that notices |"
    yield "|---|---|---|"
    for mutation in LISTED:
        yield f"| `{mutation.module}` | {mutation.clause} | `{mutation.test}` |"
    yield ""
    yield "### Equivalent changes"
    yield ""
    yield "| module | function | change | why nothing can notice it |"
    yield "|---|---|---|---|"
    for one in EQUIVALENT:
        yield f"| `{one.module}` | `{one.function}` | {one.kind}: {one.where} | {one.reason} |"
