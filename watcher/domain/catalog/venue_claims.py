"""Weighs what arXiv and services say about where a paper was published, and keeps the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from watcher.domain.catalog.match import same_title, shared_words
from watcher.domain.catalog.venue import denies, has_form, is_preprint, is_workshop, series, stated_venue
from watcher.domain.catalog.venue_spelling import same_venue
from watcher.domain.papers.paper import Paper

ARXIV = "arXiv"


class Trust(IntEnum):
    """How far a source is believed about a venue."""

    HINT = 1  # a service's own name for it, at times that of another version: never enough alone
    AUTHORS = 2  # the authors' comment
    RECORD = 3  # a record of the publication: journal reference, ACL or DBLP key, registration of a DOI


@dataclass(frozen=True, slots=True)
class VenueClaim:
    """What one field of one source says about where a paper was published.

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
    """The outcome of weighing: `text` is the venue that most is said for, "" if none is named.

    `for_it` are the claims that agree on it, `against` those that name another, `heard` all claims. It is `sure` enough
    to be proposed where nothing stands, `strong` enough to be proposed in place of what people wrote.
    """

    text: str
    for_it: tuple[VenueClaim, ...]
    against: tuple[VenueClaim, ...]
    heard: tuple[VenueClaim, ...]

    @property
    def disputed(self) -> bool:
        """Whether as many good sources name another venue."""
        return 0 < len(_solid(self.for_it)) <= max((len(_solid(group)) for group in _groups(self.against)), default=0)

    @property
    def sure(self) -> bool:
        """Whether a record or the authors name it, or two services with its year, and nobody as good disagrees."""
        dated = bool(series(self.text)) and len({claim.source for claim in self.for_it}) > 1
        return not self.disputed and (bool(_solid(self.for_it)) or dated)

    @property
    def strong(self) -> bool:
        """Whether it is sure by arXiv's own record of the paper, or by two sources."""
        sources = {claim.source for claim in self.for_it}
        return self.sure and (ARXIV in sources or len(sources) > 1)

    @property
    def years(self) -> frozenset[int]:
        """The years in which the venue may have taken place, by the sources' own words."""
        return frozenset(year for claim in self.for_it for said in (claim.text, claim.raw) for _, year in series(said))


def weigh(paper: Paper, claims: Iterable[VenueClaim]) -> VenueVerdict:
    """Weigh the claims of services about a paper together with what its arXiv metadata says.

    The more good sources agree the better; of those that agree, the most exact text is taken (Findings, Oral). The
    record of a work with another title may be that of another version: it counts as a hint at most.
    """
    heard = (arxiv_claim(paper), *(_doubted(claim, paper) for claim in claims))
    groups = _groups(heard)
    if not groups:
        return VenueVerdict("", (), (), heard)
    for_it, *others = sorted(groups, key=lambda group: (-len(_solid(group)), -group[0].trust, -len(group)))
    against = tuple(claim for group in others for claim in group)
    exact = max(for_it, key=lambda claim: (has_form(claim.text), bool(series(claim.text)), claim.trust))
    return VenueVerdict(exact.text, tuple(for_it), against, heard)


def arxiv_claim(paper: Paper) -> VenueClaim:
    """What the paper's own metadata says about its venue."""
    stated = stated_venue(paper)
    if stated is None:
        return VenueClaim(ARXIV, "comment, journal_ref", paper.comment or "", trust=Trust.AUTHORS)
    trust = Trust.RECORD if stated.field == "journal_ref" else Trust.AUTHORS
    return VenueClaim(ARXIV, stated.field, stated.raw, stated.text, trust)


def says(cell: str, venue: str) -> bool:
    """Whether a venue cell already names the venue, whatever the spelling. A conference is not the workshop beside it, but
    what names the conference may mean the workshop.
    """
    return same_venue(cell, venue) and (is_workshop(cell) or not is_workshop(venue))


def backed(cell: str, heard: Iterable[VenueClaim]) -> bool:
    """Whether the conference of a cell stands in what sources say without naming a venue that is known: its acronym in a
    service's name or key for it, and no other year; or the workshop in the authors' comment.
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
    """How many pages `7518-7531` are; None for anything else."""
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
