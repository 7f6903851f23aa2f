"""Keep pictures of the page for people to see, if they are requested: drawing a whole page takes long."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from playwright.sync_api import Page

Colours = Literal["light", "dark"]
SCHEMES: tuple[Colours, ...] = get_args(Colours)


@dataclass(frozen=True)
class Screenshots:
    """`folder`: where they are kept, or None for no pictures."""

    folder: Path | None

    def take(self, page: Page, name: str, *, full_page: bool = True) -> None:
        """Take a picture in light colours and one in dark colours, in which the page is left."""
        if self.folder is None:
            return
        self.folder.mkdir(exist_ok=True)
        for colours in SCHEMES:
            page.emulate_media(color_scheme=colours)
            page.screenshot(path=self.folder / f"{name}-{colours}.png", full_page=full_page)
