"""An entry of a web feed (RSS, Atom or JSON Feed) before it is interpreted: its fields as the feed has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urljoin


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry of a web feed, with its fields as the feed has them.

    `links` begin with that of the entry's own page; `identifiers` may hold a DOI; `title`, `summary` and `content` are
    HTML. `creators` are the authors, one line for each or one for all. `venue` is the journal that the entry names.
    """

    title: str
    links: tuple[str, ...]
    identifiers: tuple[str, ...]
    summary: str = ""
    content: str = ""
    creators: tuple[str, ...] = ()
    dated: date | None = None
    venue: str = ""

    @property
    def label(self) -> str:
        """The text by which error messages refer to the entry: its link, identifier or title."""
        return repr(next(filter(None, (*self.links, *self.identifiers, self.title)), "")[:80])


def absolute(base: str, link: str) -> str:
    """Resolve a link that may be relative against a base URL; the link itself if either is invalid."""
    try:
        return urljoin(base, link)
    except ValueError:
        return link
