"""Checks the catalog: compares each entry with its paper's arXiv metadata, cell by cell, and looks for errors of order,
numbering, duplicates and the stated total; each difference is a finding.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from watcher.domain.catalog.catalog import CatalogEntry, CatalogReading, Place, Section
from watcher.domain.catalog.match import (
    CONFIDENT,
    Authors,
    FoundWork,
    Match,
    authors_agree,
    introduces,
    same_title,
    surnames,
    unrelated,
)
from watcher.domain.catalog.shape import Numbering, Order, Sections, Shape
from watcher.domain.catalog.venue import is_pending, is_preprint, series
from watcher.domain.catalog.venue_claims import VenueClaim, VenueVerdict, backed, page_count, says, weigh
from watcher.domain.facts import Cells, Summary
from watcher.domain.papers.paper import Paper, PaperId
from watcher.domain.summaries.cells import cells_of, plain
from watcher.domain.summaries.english import english_names
from watcher.domain.summaries.numbers import contains_name, names, without_tex
from watcher.domain.text import fold, has_japanese, narrow, title_words

if TYPE_CHECKING:
    from watcher.domain.summaries.style import Style


class FindingKind(StrEnum):
    """The kinds of problem that a check of the catalog finds, e.g. a wrong title, an outdated venue, a duplicate."""

    TITLE = "title"  # not the paper's title
    AUTHORS = "authors"  # not its first author, or not the form for two
    LINK = "link"  # no identifier although the paper is on arXiv
    WRONG_LINK = "wrong_link"  # the identifier stands for another paper, or for none
    YEAR = "year"  # not the year arXiv states
    VENUE = "venue"  # outdated, missing or another one
    UNCONFIRMED = "unconfirmed"  # no source confirms it
    ATTENTION = "attention"  # the figures call for another level
    WITHDRAWN = "withdrawn"  # withdrawn by its authors
    SUMMARY = "summary"  # numbers or names the abstract does not hold
    SPELLING = "spelling"  # a name that the paper spells with other capitals
    DUPLICATE = "duplicate"  # the same paper twice
    UNLISTED = "unlisted"  # stands below the table, not in it
    ORDER = "order"  # an earlier year after a later one
    NUMBER = "number"  # rows not numbered 1, 2, 3 …
    TOTAL = "total"  # the stated total is not the number of papers


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence for a finding: a source (`arXiv`, `catalog`, a service that was asked about venues), the field of that
    source, and its value.
    """

    source: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem that a check found in the catalog and that a curator should look at.

    `cell` is a field name of `Cells`, or "" for the document as a whole. `stands` is the part of the cell, as readers
    see it, that `proposal` would replace; if it is empty, `proposal` is added. Without a proposal only a person can
    decide. `confidence` (0–1) is set by rule for ranking; it is not a probability.
    """

    kind: FindingKind
    entry: CatalogEntry | None
    cell: str
    stands: str
    proposal: str | None
    evidence: Evidence
    confidence: float


_CATALOG = "catalog"


def findings(
    reading: CatalogReading,
    truth: Mapping[Place, Match],
    style: Style,
    claims: Mapping[PaperId, Sequence[VenueClaim]] = MappingProxyType({}),
    works: Mapping[Place, Sequence[FoundWork]] = MappingProxyType({}),
) -> tuple[Finding, ...]:
    """Everything that a check finds wrong in a catalog: entry by entry, then about the document as a whole.

    `truth` maps entries to the arXiv papers they are about; entries missing in it are skipped. `claims` are statements
    of services about the papers' venues, `works` what services found for the titles of entries without a certain paper.
    """
    found: list[Finding] = []
    for entry in reading.entries:
        if entry.place in truth:
            match = truth[entry.place]
            said = claims.get(match.paper.id, ()) if match.paper else ()
            found += entry_findings(entry, match, style, said, works.get(entry.place, ()))
    found = _one_question_of_years(found)
    if reading.shape.sections is not Sections.TOPIC:  # after the entries: it uses the years that their findings propose
        newest_first = reading.shape.order is Order.NEWEST_FIRST
        found += _order(reading.rows[::-1] if newest_first else reading.rows, found)
    found += _duplicates(reading.entries, truth)
    if reading.shape.numbering is Numbering.RISING and not reading.shape.restarts:
        found += _numbering(reading.rows)
    found += _unlisted(reading)
    found += _total(reading)
    return fitting(found, reading.shape)


def _one_question_of_years(found: Sequence[Finding]) -> list[Finding]:
    """The findings with one question instead of many about rows that state the year of the venue: whether that year
    counts is decided once for the catalog.
    """
    asked = [one for one in found if one.kind is FindingKind.YEAR and one.proposal is None and one.entry]
    if len(asked) < 2:
        return list(found)
    rows = "; ".join(f"{one.entry.title} ({one.evidence.value})" for one in asked if one.entry)
    first = replace(asked[0], evidence=replace(asked[0].evidence, value=rows))
    return [first if one is asked[0] else one for one in found if one not in asked[1:]]


def fitting(found: Iterable[Finding], shape: Shape) -> tuple[Finding, ...]:
    """Filter findings: leave out those about cells that a catalog of this shape does not have."""
    links = {FindingKind.LINK, FindingKind.WRONG_LINK}
    others = frozenset(Cells.names()) - shape.cells
    return tuple(finding for finding in found if finding.kind in links or finding.cell not in others)


def _order(rows: Sequence[CatalogEntry], found: Sequence[Finding]) -> Iterator[Finding]:
    """Rows with an earlier year than a row above them, by the years as they would be with all proposals accepted."""
    proposed = {f.entry.place: int(f.proposal) for f in found if f.kind is FindingKind.YEAR and f.entry and f.proposal}
    latest, above = 0, ""
    for entry in rows:
        year = proposed.get(entry.place, entry.year)
        if year is None:
            continue
        if year < latest:
            evidence = Evidence(_CATALOG, "year", f"{above}: {latest}")
            yield Finding(FindingKind.ORDER, entry, "year", str(year), None, evidence, 0.9)
        else:
            latest, above = year, entry.title


def _duplicates(entries: Sequence[CatalogEntry], truth: Mapping[Place, Match]) -> Iterator[Finding]:
    """Entries whose paper or title already occurred above."""
    seen: dict[str, list[CatalogEntry]] = defaultdict(list)
    for entry in entries:
        match = truth.get(entry.place)
        sure = match is not None and match.paper is not None and (match.by_id or match.confidence >= CONFIDENT)
        ids = {str(paper) for paper in entry.ids} | ({str(match.paper.id)} if sure and match and match.paper else set())
        # Both ids and titles, since one of two entries for a paper often lacks its id.
        keys = ids | {"".join(title_words(entry.title))} - {""}
        first = next((other for key in sorted(keys) for other in seen[key]), None)
        if first is not None:
            evidence = Evidence(_CATALOG, "line", f"{first.place.line}: {first.title}")
            yield Finding(FindingKind.DUPLICATE, entry, "title", entry.title, None, evidence, 0.95)
        for key in keys:
            seen[key].append(entry)


def _numbering(rows: Sequence[CatalogEntry]) -> Iterator[Finding]:
    """The first row whose number is not the expected one."""
    expected = 0
    for entry in rows:
        if entry.number is None:
            continue
        expected += 1
        if entry.number != expected:
            evidence = Evidence(_CATALOG, "number", str(expected))
            yield Finding(FindingKind.NUMBER, entry, "title", str(entry.number), str(expected), evidence, 1.0)
            return  # one wrong number shifts all that follow, so one finding is enough


def _unlisted(reading: CatalogReading) -> Iterator[Finding]:
    """Every paper that stands below the table instead of in it."""
    for entry in reading.entries:
        if entry.place.section is Section.ADDITIONS:
            evidence = Evidence(_CATALOG, "line", str(entry.place.line))
            yield Finding(FindingKind.UNLISTED, entry, "", entry.title, None, evidence, 1.0)


def _total(reading: CatalogReading) -> Iterator[Finding]:
    """A finding if the stated total is not the number of rows.

    Where papers stand below the table too, no number is proposed: people decide what is counted.
    """
    if reading.total is None:
        return
    numbered = reading.shape.numbering is not Numbering.NONE
    stated, rows = reading.total.count, len([row for row in reading.rows if row.number is not None or not numbered])
    if stated != rows or len(reading.entries) != stated:
        proposal = str(rows) if len(reading.entries) == rows else None
        evidence = Evidence(_CATALOG, "rows + additions", f"{rows} + {len(reading.entries) - len(reading.rows)}")
        yield Finding(FindingKind.TOTAL, None, "", str(stated), proposal, evidence, 1.0)


SOURCE = "arXiv"
_NO_SUMMARY = Summary("", (), (), (), "", "")
# "（2024年予定／arXivリンク不明）", "[arXivリンク不明]", "（2024年11月 arXiv）": what stood in for a link.
_NO_LINK = re.compile(r"[（(\[［][^（()）\[\]［］]*(?:不明|予定|arXiv)[^（()）\[\]［］]*[）)\]］]")
_WITHDRAWN = re.compile(r"\bwithdrawn\b", re.IGNORECASE)
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+|[+.]")  # where a name may be parted: Science QA, GPT 4
_HYPHEN = re.compile(r"(?<=\w)[-‐‑](?=\w)")
_LENGTHS = {
    "short": re.compile(r"短報|短編|ショート|\bshort\b", re.IGNORECASE),
    "long": re.compile(r"長編|ロング|\blong\b", re.IGNORECASE),
}
# Short papers of ACL's conferences have four or five pages and may add references and an appendix, long ones eight or nine.
_MOST_SHORT, _LEAST_LONG = 10, 7
_SURE = 0.99  # the highest confidence of a finding: none is certain


@dataclass(frozen=True, slots=True)
class _Case:
    """One comparison: an entry, its paper, the cells the bot itself would write, what is known of its venue, and the
    confidence that entry and paper belong together.
    """

    entry: CatalogEntry
    paper: Paper
    cells: Cells
    venue: VenueVerdict
    style: Style
    confidence: float

    def finding(
        self, kind: FindingKind, cell: str, stands: str, proposal: str | None, field: str, value: str, doubt: float = 1
    ) -> Finding:
        """A finding about this entry; its confidence is multiplied by `doubt` (0–1)."""
        return self.by(Evidence(SOURCE, field, value), kind, cell, stands, proposal, doubt)

    def by(
        self, evidence: Evidence, kind: FindingKind, cell: str, stands: str, proposal: str | None, doubt: float
    ) -> Finding:
        """The same by the evidence of other sources than arXiv."""
        return Finding(kind, self.entry, cell, stands, proposal, evidence, round(self.confidence * doubt, 2))


def entry_findings(
    entry: CatalogEntry,
    match: Match,
    style: Style,
    claims: Sequence[VenueClaim] = (),
    works: Sequence[FoundWork] = (),
) -> Iterator[Finding]:
    """The differences between a catalog entry and the metadata of its paper, which `match` names; `claims` are
    statements of services about its venue.

    If it is not certain which paper the entry is about, the only findings are this uncertainty, and that no source
    confirms the venue; `works` are what services found for the entry's title.
    """
    paper = match.paper
    if paper is None or (not match.by_id and match.confidence < CONFIDENT):
        yield from _unconfirmed(entry, match, works)
        return
    # The cells of an entry with a wrong id would all differ; the id is the only thing worth saying.
    if match.by_id and unrelated(entry, paper, style.aliases):
        evidence = Evidence(SOURCE, "title", paper.title)
        yield Finding(FindingKind.WRONG_LINK, entry, "authors", paper.id.native, None, evidence, 0.9)
        return
    cells, venue = cells_of(paper, _NO_SUMMARY, style.cells), weigh(paper, claims)
    case = _Case(entry, paper, cells, venue, style, min(match.confidence, _SURE))
    for check in (_title, _authors, _link, _year, _venue, _spelling, _summary, _withdrawn):
        yield from check(case)


def _unconfirmed(entry: CatalogEntry, match: Match, works: Sequence[FoundWork]) -> Iterator[Finding]:
    """The findings for an entry without a certain paper: its id is unknown to arXiv, or the search for its title found
    none; in the latter case nothing backs the publication that the entry states either.
    """
    if entry.ids:
        native = entry.ids[0].native
        yield Finding(FindingKind.WRONG_LINK, entry, "authors", native, None, Evidence(SOURCE, "id", native), _SURE)
        return
    near = [paper for paper in (match.paper, *match.rivals) if paper is not None]
    listed = "; ".join(f"{p.id.native} {p.title}" for p in near[:3])
    evidence = Evidence(SOURCE, "title search", listed)
    if works:
        sources = dict.fromkeys((SOURCE, *(work.source for work in works)))
        told = "; ".join((f"{SOURCE}: {listed or '–'}", *map(_found, works)))
        evidence = Evidence("、".join(sources), "title search", told)
    confidence = round(match.confidence, 2)
    yield Finding(FindingKind.UNCONFIRMED, entry, "title", entry.title, None, evidence, confidence)
    if entry.place.section is Section.TABLE and not (is_preprint(entry.venue) or is_pending(entry.venue)):
        yield Finding(FindingKind.UNCONFIRMED, entry, "venue", entry.venue, None, evidence, confidence)


def _found(work: FoundWork) -> str:
    """What a service found for a title, with year and venue."""
    about = ", ".join(filter(None, (str(work.year or ""), work.venue)))
    return f"{work.source}: {work.title or '–'}{f' ({about})' if about else ''}"


def _title(case: _Case) -> Iterator[Finding]:
    if not same_title(case.entry.title, case.paper.title):
        yield case.finding(
            FindingKind.TITLE, "title", case.entry.title, case.cells.title, "title", plain(case.paper.title)
        )


def _authors(case: _Case) -> Iterator[Finding]:
    entry, paper = case.entry, case.paper
    if not entry.authors or not paper.authors:
        return
    # The catalog's form: one surname with "et al.", two with "&"; all authors in full are accepted too.
    agreement, stated = authors_agree(entry, paper), surnames(entry.authors)
    right_form = len(stated) == (2 if len(paper.authors) == 2 else 1) or len(stated) == len(paper.authors)
    if agreement is Authors.FIRST and right_form:
        return
    doubt = 0.9 if agreement is Authors.UNKNOWN else 1
    names_of = ", ".join(paper.authors)
    yield case.finding(FindingKind.AUTHORS, "authors", entry.authors, case.cells.authors, "authors", names_of, doubt)


def _link(case: _Case) -> Iterator[Finding]:
    if case.entry.ids:
        return
    notes = "\n".join(case.entry.notes)
    found = _NO_LINK.search(notes)
    native = case.paper.id.native
    yield case.finding(FindingKind.LINK, "authors", found[0] if found else "", f"arXiv:{native}", "id", case.paper.url)


def _year(case: _Case) -> Iterator[Finding]:
    """A finding if the year differs from that of the first arXiv version.

    If the row's year is that of the paper's venue, it proposes no change: people decide which year counts. A venue that
    only the row names is no reason for another year.
    """
    entry, year = case.entry, case.paper.year
    if entry.year is None or entry.year == year:
        return
    # A year that agrees with the row's own venue may be meant as the venue's year.
    doubt = 0.7 if entry.year in {number for _, number in series(entry.venue)} else 1
    published = case.paper.published.isoformat() if case.paper.published else str(year)
    proposal = None if entry.year in case.venue.years else str(year)
    yield case.finding(FindingKind.YEAR, "year", str(entry.year), proposal, "published", published, doubt)


def _venue(case: _Case) -> Iterator[Finding]:
    """A finding if the row's venue is outdated, contradicted or backed by nobody.

    What people wrote gives way to arXiv's own record of the paper or to two services that agree; one service's word, or
    sources that disagree, make it a question.
    """
    entry, venue = case.entry, case.venue
    if entry.place.section is not Section.TABLE:
        return
    waiting = is_preprint(entry.venue) or is_pending(entry.venue)
    if not venue.text:
        yield from _without_venue(case)
    elif says(entry.venue, venue.text):
        yield from _form(case)
    elif waiting:
        proposal = venue.text if venue.sure else None
        yield case.by(_told(venue), FindingKind.VENUE, "venue", entry.venue, proposal, 0.95 if venue.strong else 0.85)
    elif not any(says(entry.venue, claim.text) for claim in venue.against):
        proposal = venue.text if venue.strong else None
        yield case.by(_told(venue), FindingKind.VENUE, "venue", entry.venue, proposal, 0.8)


def _without_venue(case: _Case) -> Iterator[Finding]:
    """The finding for a row whose paper no source says to be published."""
    entry = case.entry
    if series(entry.venue) and not backed(entry.venue, case.venue.heard):
        yield case.by(_told(case.venue), FindingKind.UNCONFIRMED, "venue", entry.venue, None, 0.5)
    elif is_pending(entry.venue):
        published = case.paper.published.isoformat() if case.paper.published else case.paper.id.native
        yield case.finding(FindingKind.VENUE, "venue", entry.venue, case.cells.venue, "published", published, 0.9)


def _form(case: _Case) -> Iterator[Finding]:
    """A question if the row calls a long paper short or the other way round, by a record or by the number of its pages."""
    stated = next((word for word, form in _LENGTHS.items() if form.search(case.entry.venue)), "")
    for claim in case.venue.for_it if stated else ():
        pages = page_count(claim.pages)
        odd = pages is not None and (pages > _MOST_SHORT if stated == "short" else pages < _LEAST_LONG)
        if odd or claim.length not in {"", stated}:
            said = f"{claim.raw}; {claim.pages}" if odd else claim.raw
            evidence = Evidence(claim.source, f"{claim.field}, pages" if odd else claim.field, said)
            yield case.by(evidence, FindingKind.UNCONFIRMED, "venue", case.entry.venue, None, 0.7)
            return


def _told(venue: VenueVerdict) -> Evidence:
    """What was said about a venue, for it and against it; where nobody names one, who was asked."""
    named = (*venue.for_it, *venue.against)
    claims = [claim for claim in venue.heard if claim in named or not named]
    if len(claims) == 1:
        return Evidence(claims[0].source, claims[0].field, fold(claims[0].raw))
    sources = dict.fromkeys(claim.source for claim in claims)
    names = [f"{claim.source} {claim.field}" if len(sources) > 1 else claim.field for claim in claims]
    said = "; ".join(f"{name}: {fold(claim.raw) or '–'}" for name, claim in zip(names, claims, strict=True))
    return Evidence("、".join(sources), "venue", said)


def _source_text(paper: Paper) -> str:
    return f"{paper.title}\n{paper.abstract}\n{paper.title_raw}\n{paper.abstract_raw}"


def _spelling(case: _Case) -> Iterator[Finding]:
    """A finding for the paper's own names in another spelling; how it spells those of others is not worth a word."""
    source = _source_text(case.paper)
    for name in _unheld(case, source):
        there = _respelled(name, source)
        if there is not None and introduces(there[0], case.paper):
            yield case.finding(FindingKind.SPELLING, "summary", name, there[0], "abstract", _around(source, there), 0.9)


def _summary(case: _Case) -> Iterator[Finding]:
    """A finding for numbers of the summary that neither title nor abstract holds, and for its names if half of them or
    more are missing: an abstract leaves out much that the paper has, but not most of what a summary of it names.
    """
    if not case.paper.abstract or not case.entry.summary:
        return
    from watcher.domain.summaries.violations import unsupported_numbers  # noqa: PLC0415 - many patterns, for a check alone

    source = _source_text(case.paper)
    joined = _HYPHEN.sub("", source)  # "multi-modal" for "multimodal"
    missing = [name for name in _unheld(case, source) if not (_respelled(name, source) or _respelled(name, joined))]
    numbers = list(unsupported_numbers(case.entry.summary, source, english=not has_japanese(case.entry.summary)))
    if numbers or (missing and 2 * len(missing) >= len(_named(case))):
        stands = "、".join(dict.fromkeys(missing + numbers))
        yield case.finding(FindingKind.SUMMARY, "summary", stands, None, "abstract", fold(case.paper.abstract), 0.7)


def _named(case: _Case) -> list[str]:
    """The Latin-script names in the summary, each once."""
    summary = narrow(case.entry.summary)
    return list(dict.fromkeys(match[0] for match in (names if has_japanese(summary) else english_names)(summary)))


def _unheld(case: _Case, source: str) -> list[str]:
    """The names in Latin letters that the summary has and the paper's text has not, or not in this spelling."""
    if not case.paper.abstract:
        return []
    text = f"{source}\n{without_tex(source)}"
    return [name for name in _named(case) if not contains_name(text, name, case.style.aliases)]


def _respelled(name: str, source: str) -> re.Match[str] | None:
    """Where a text has the name with other capitals, hyphens or spaces: `Science QA` for `ScienceQA`."""
    parts = [re.escape(part) for part in _PART.findall(name)]
    return re.search(rf"(?<![^\W_]){r'[-‐‑ ]?'.join(parts)}(?![^\W_])", source, re.IGNORECASE) if parts else None


def _around(text: str, match: re.Match[str]) -> str:
    """The match with 40 characters of context on each side."""
    return fold(text[max(0, match.start() - 40) : match.end() + 40])


def _withdrawn(case: _Case) -> Iterator[Finding]:
    comment = case.paper.comment or ""
    if _WITHDRAWN.search(comment):
        yield case.finding(FindingKind.WITHDRAWN, "title", case.entry.title, None, "comment", fold(comment), 0.9)
