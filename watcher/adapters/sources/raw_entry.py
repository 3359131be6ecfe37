"""The fields of a web feed's entry as the feed has them, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urljoin


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry: `links` with that of its own page first, `identifiers` in which a DOI may stand, and HTML in `title`,
    `summary` and `content`. `creators` are one line for each person, or one for all. `venue` is the journal it names.
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
        """What an entry is called in an error."""
        return repr(next(filter(None, (*self.links, *self.identifiers, self.title)), "")[:80])


def absolute(base: str, link: str) -> str:
    """The address of a link that may be relative; the link itself if one of them is no address."""
    try:
        return urljoin(base, link)
    except ValueError:
        return link
