"""Find prose and take it apart: paragraphs of Markdown, docstrings and comments, and their sentences."""

import re
from collections.abc import Iterator

from words.source import Text

_NOT_PROSE = re.compile(r"noqa|type:|pragma|biome-ignore|eslint|!|@|-{3}|={3}|\[\[?[\w.]+\]|[\w-]+ ?= ?\S+$")
_BREAKS = re.compile(r"^\s*(?:[-*+] |\d+\. |#|>|\||[├└│]|$)")
_SENTENCE_END = re.compile(r"(?<=[.!?])[)\"'”]?\s+(?=[A-Z`\"'“(\d])")


def markdown(text: str) -> list[Text]:
    """Return the paragraphs, list items, headings and table cells, without code blocks."""
    without_code = re.sub(r"^```.*?^```$", _blank, text, flags=re.DOTALL | re.MULTILINE)
    found: list[Text] = []
    for paragraph in paragraphs(without_code, 1):
        if paragraph.text.startswith("|"):
            cells = re.split(r"(?<!\\)\|", paragraph.text)
            found += [Text(paragraph.line, cell.strip()) for cell in cells if re.search(r"\w", cell)]
        else:
            found.append(paragraph)
    return found


def paragraphs(text: str, first_line: int) -> Iterator[Text]:
    """Yield each paragraph as one line; a list item, heading or table row is a paragraph of its own."""
    began, gathered = first_line, [""]
    for number, line in enumerate(text.split("\n"), first_line):
        if _BREAKS.match(line) and any(gathered):
            yield Text(began, " ".join(filter(None, gathered)))
            gathered = []
        if not any(gathered):
            began = number
        gathered.append(line.strip())
    if any(gathered):
        yield Text(began, " ".join(filter(None, gathered)))


def comments(text: str, marker: str) -> list[Text]:
    """Return the comments, those on consecutive lines as one."""
    found: list[Text] = []
    gathered: list[str] = []
    began = 0
    for number, line in enumerate([*text.split("\n"), ""], 1):
        alone, comment = _comment(line, marker)
        if gathered and not (comment and alone):
            found += paragraphs("\n".join(gathered), began)
            gathered = []
        if comment and not _NOT_PROSE.match(comment):
            began = began if gathered else number
            gathered.append(comment)
    return found


def _comment(line: str, marker: str) -> tuple[bool, str]:
    """Return whether the comment has the line to itself, and the comment."""
    bare = line.strip()
    if bare.startswith(marker):
        return True, bare.lstrip(marker).strip()
    if marker == "//" and re.match(r"/?\*", bare):
        return True, bare.strip("/* ").strip()
    _, found, comment = line.partition(f"  {marker} " if marker == "#" else f" {marker} ")
    return False, comment.strip() if found else ""


def help_lines(text: str) -> list[Text]:
    """Return what `make help` prints of each target."""
    matches = re.finditer(r"^[a-z]+:.*?## (.+)$", text, re.MULTILINE)
    return [Text(text.count("\n", 0, match.start()) + 1, match[1]) for match in matches]


def sentences(paragraph: str) -> list[str]:
    return [sentence for sentence in _SENTENCE_END.split(plain(paragraph)) if re.search(r"\w", sentence)]


def length(sentence: str) -> int:
    """Return the number of words; what stands in backticks counts as one."""
    return len(re.findall(r"[\w¤][\w¤.'\u2019/-]*", sentence))


def plain(text: str) -> str:
    """Return the text without code, addresses and markup."""
    text = re.sub(r"`[^`]*`", "¤", text)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    return re.sub(r"https?://\S+", "¤", re.sub(r"^\s*(?:[-*+>#|]+|\d+\.)\s+", "", text))


def _blank(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")
