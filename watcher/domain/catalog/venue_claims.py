"""Weighs the statements (claims) of arXiv and other services about where a paper was published, and keeps the evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from watcher.domain.catalog.match import same_title, shared_words
from watcher.domain.catalog.venue import denies, has_form, is_preprint, is_workshop, same_venue, series, stated_venue
from watcher.domain.papers.paper import Paper

ARXIV = "arXiv"


class Trust(IntEnum):
    """How reliable a statement about a venue is, by its kind of source: a hint, the authors, a record of the
    publication.
    """

    HINT = 1  # a service's own name for it, at times that of another version: never enough alone
    AUTHORS = 2  # the authors' comment
    RECORD = 3  # a record of the publication: journal reference, ACL or DBLP key, registration of a DOI


@dataclass(frozen=True, slots=True)
class VenueClaim:
    """A statement about where a paper was published, from one field of one source (e.g. DBLP).

    `text` is the venue in the catalog's spelling, "" where the source names none or none that is understood; `raw` is
    the source's own value. `title` is the title in the source's record, `pages` its pages (`7518-7531`), `length` is
    `short` or `long`; each is "" where the source does not say.
    """

    source: str
    field: str
    raw: str
    text: str = ""
    trust: Trust = Trust.HINT
    title: str = ""
    pages: str = ""
    length: str = ""


@dataclass(frozen=True, slots=True)
class VenueVerdict:
    """The result of weighing the claims about a paper's venue: `text` is the venue that is best supported, "" if none
    is named.

    `for_it` are the claims that agree on this venue, `against` those that name another, `heard` all claims. A venue
    that is `sure` may be proposed for an empty cell, one that is `strong` in place of what people wrote.
    """

    text: str
    for_it: tuple[VenueClaim, ...]
    against: tuple[VenueClaim, ...]
    heard: tuple[VenueClaim, ...]

    @property
    def disputed(self) -> bool:
        """Whether another venue is named by at least as many good sources."""
        return 0 < len(_solid(self.for_it)) <= max((len(_solid(group)) for group in _groups(self.against)), default=0)

    @property
    def sure(self) -> bool:
        """Whether the venue is undisputed, and stated by a publication record, by the authors, or by two services with
        its year.
        """
        dated = bool(series(self.text)) and len({claim.source for claim in self.for_it}) > 1
        return not self.disputed and (bool(_solid(self.for_it)) or dated)

    @property
    def strong(self) -> bool:
        """Whether the venue is sure, and stated by arXiv's metadata or by two sources."""
        sources = {claim.source for claim in self.for_it}
        return self.sure and (ARXIV in sources or len(sources) > 1)

    @property
    def years(self) -> frozenset[int]:
        """The years of the venue in the claims that agree on it."""
        return frozenset(year for claim in self.for_it for said in (claim.text, claim.raw) for _, year in series(said))


def weigh(paper: Paper, claims: Iterable[VenueClaim]) -> VenueVerdict:
    """Weigh the claims of services about a paper's venue, together with its arXiv metadata, and choose the venue.

    The more good sources agree the better; of those that agree, the most exact text is taken (Findings, Oral). The
    record of a work with another title may be that of another version: it counts as a hint at most.
    """
    heard = (_arxiv_claim(paper), *(_doubted(claim, paper) for claim in claims))
    groups = _groups(heard)
    if not groups:
        return VenueVerdict("", (), (), heard)
    for_it, *others = sorted(groups, key=lambda group: (-len(_solid(group)), -group[0].trust, -len(group)))
    against = tuple(claim for group in others for claim in group)
    exact = max(for_it, key=lambda claim: (has_form(claim.text), bool(series(claim.text)), claim.trust))
    return VenueVerdict(exact.text, tuple(for_it), against, heard)


def _arxiv_claim(paper: Paper) -> VenueClaim:
    """The claim of a paper's arXiv metadata about its venue (journal reference or comment); its `text` is "" if none is
    stated.
    """
    stated = stated_venue(paper)
    if stated is None:
        return VenueClaim(ARXIV, "comment, journal_ref", paper.comment or "", trust=Trust.AUTHORS)
    trust = Trust.RECORD if stated.field == "journal_ref" else Trust.AUTHORS
    return VenueClaim(ARXIV, stated.field, stated.raw, stated.text, trust)


def says(cell: str, venue: str) -> bool:
    """Whether the text of a venue cell already names a venue, whatever the spelling. A cell with a workshop counts as
    naming its conference, but a cell with the conference does not name the workshop.
    """
    return same_venue(cell, venue) and (is_workshop(cell) or not is_workshop(venue))


def backed(cell: str, heard: Iterable[VenueClaim]) -> bool:
    """Whether the conference in a venue cell is supported by claims that give no known venue: its acronym is in a
    service's name or key for the venue, and with no other year; or the authors' comment names its workshop.
    """
    named = series(cell)
    said = [(name, _year_in(claim.raw)) for claim in heard if claim.source != ARXIV for name in _words(claim.raw)]
    years = {(name, year) for name, year in said if name in {acronym for acronym, _ in named}}
    workshop = is_workshop(cell) and any(
        is_workshop(claim.raw) and named & series(claim.raw) and not denies(claim.raw) for claim in heard
    )
    return workshop or (bool(years) and all(year is None or (name, year) in named for name, year in years))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def _year_in(text: str) -> int | None:
    """The year that a name states, or a key of DBLP ends in."""
    found = re.search(r"\b(?:19|20)\d\d\b|(?<=[A-Za-z])\d\d(?=[a-z]?$)", text)
    return int(found[0]) + 2000 * (len(found[0]) == 2) if found else None


def page_count(pages: str) -> int | None:
    """The number of pages in a range such as `7518-7531`; None for any other text."""
    found = re.fullmatch(r"\s*(\d{1,6})\s*[-–—]+\s*(\d{1,6})\s*", pages)
    count = int(found[2]) - int(found[1]) + 1 if found else 0
    return count if 0 < count < 1000 else None


def _doubted(claim: VenueClaim, paper: Paper) -> VenueClaim:
    """The claim, worth less if it stands in the record of a work with another title."""
    if not claim.title or _alike(claim.title, paper.title):
        return claim
    return replace(claim, trust=Trust.HINT, text=claim.text if claim.trust > Trust.HINT else "", pages="", length="")


def _alike(one: str, other: str) -> bool:
    return same_title(one, other) or shared_words(one, other) >= _ALIKE


_ALIKE = 0.8  # share of the shorter title's words


def _groups(claims: Iterable[VenueClaim]) -> list[list[VenueClaim]]:
    """The claims that name a venue, by the venue they name; one without a year goes with the best of its name."""
    told = [claim for claim in claims if claim.text and not is_preprint(claim.text)]
    groups: list[list[VenueClaim]] = []
    for claim in sorted(told, key=lambda claim: (not series(claim.text), -claim.trust)):
        same = next((group for group in groups if same_venue(group[0].text, claim.text)), None)
        if same is None:
            groups.append([claim])
        else:
            same.append(claim)
    return groups


def _solid(claims: Sequence[VenueClaim]) -> set[str]:
    """The sources that do more than hint."""
    return {claim.source for claim in claims if claim.trust > Trust.HINT}
