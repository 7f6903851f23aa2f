"""The tables of docs/mutations.md, written from the lists."""

from collections.abc import Iterator

from tests.mutations.equivalent import EQUIVALENT
from tests.mutations.listed import LISTED
from tests.mutations.workshop import ROOT

PAGE = ROOT / "docs" / "mutations.md"
_BEGIN, _END = "<!-- written by make mutants -->", "<!-- until here -->"


def page() -> str:
    """The page with its tables as they should be."""
    before, _, rest = PAGE.read_text().partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n" + "\n".join(_lines()) + f"\n{_END}{after}"


def write() -> None:
    PAGE.write_text(page())


def _lines() -> Iterator[str]:
    yield "### Taken out by hand"
    yield ""
    yield "| module | clause | test that notices |"
    yield "|---|---|---|"
    for one in LISTED:
        yield f"| `{one.path}` | {one.clause} | `{one.test.rpartition('::')[2]}` |"
    yield ""
    yield "### Changes that nothing can notice"
    yield ""
    yield "| change | why |"
    yield "|---|---|"
    for name, why in EQUIVALENT.items():
        yield f"| {name.replace('|', chr(92) + '|')} | {why} |"


if __name__ == "__main__":
    write()
