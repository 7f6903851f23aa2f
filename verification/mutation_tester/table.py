"""Write the tables of docs/mutations.md from the lists and from the figures of the last runs."""

from collections.abc import Iterator

from .equivalent import EQUIVALENT
from .listed import LISTED
from .paths import PAGE
from .results import load_results
from .template_numbers import FREE

_BEGIN, _END = "<!-- written by make mutation-tests -->", "<!-- until here -->"


def page() -> str:
    """Return the page with current tables."""
    before, _, rest = PAGE.read_text().partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n" + "\n".join(_lines()) + f"\n{_END}{after}"


def write() -> None:
    PAGE.write_text(page())


def _lines() -> Iterator[str]:
    yield from ("### Small changes by module", "")
    yield from ("| module | tried on | noticed | equivalent | survived |", "|---|---|---:|---:|---:|")
    for module, result in load_results().items():
        yield f"| `{module}` | {result.tried_on} | {result.noticed} | {result.equivalent} | {result.survived} |"
    yield from ("", "### Listed mutations", "")
    yield from ("| module | clause | test that notices |", "|---|---|---|")
    for mutation in LISTED:
        yield f"| `{mutation.module}` | {mutation.clause} | `{mutation.test}` |"
    yield from ("", "### Equivalent changes", "")
    yield from ("| module | function | change | why nothing can notice it |", "|---|---|---|---|")
    for one in EQUIVALENT:
        yield f"| `{one.module}` | `{one.function}` | {one.kind}: {one.where} | {one.reason} |"
    yield from ("", "### Numbers of the template that depend on no other", "")
    yield from ("| number | why |", "|---|---|")
    for path, reason in FREE.items():
        yield f"| `{path}` | {reason} |"
