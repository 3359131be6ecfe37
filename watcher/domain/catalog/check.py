"""Compares a catalog entry with its paper's arXiv metadata, cell by cell, and yields a finding for every difference."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from watcher.domain.catalog.catalog import CatalogEntry, Section
from watcher.domain.catalog.match import CONFIDENT, Authors, Match, authors_agree, same_title, surnames, unrelated
from watcher.domain.facts import Cells, Summary
from watcher.domain.papers.paper import Paper
from watcher.domain.summaries.cells import cells_of, plain
from watcher.domain.summaries.english import english_names
from watcher.domain.summaries.numbers import contains_name, names, without_tex
from watcher.domain.text import fold, has_japanese, narrow

if TYPE_CHECKING:
    from watcher.domain.summaries.style import Style


class FindingKind(StrEnum):
    """The kinds of problem that a check of the catalog finds."""

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
    """The evidence for a finding: a source (`arXiv`, `catalog`), the field of that source, and its value."""

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


SOURCE = "arXiv"
_NO_SUMMARY = Summary("", (), (), (), "", "")
# "（2024年予定／arXivリンク不明）", "[arXivリンク不明]", "（2024年11月 arXiv）": what stood in for a link.
_NO_LINK = re.compile(r"[（(\[［][^（()）\[\]［］]*(?:不明|予定|arXiv)[^（()）\[\]［］]*[）)\]］]")
_WITHDRAWN = re.compile(r"\bwithdrawn\b", re.IGNORECASE)
_SURE = 0.99  # the highest confidence of a finding: none is certain


@dataclass(frozen=True, slots=True)
class _Case:
    """One comparison: an entry, its paper, the cells the bot itself would write, and the confidence that they belong
    together.
    """

    entry: CatalogEntry
    paper: Paper
    cells: Cells
    style: Style
    confidence: float

    def finding(
        self, kind: FindingKind, cell: str, stands: str, proposal: str | None, field: str, value: str, doubt: float = 1
    ) -> Finding:
        """A finding about this entry; its confidence is multiplied by `doubt` (0–1)."""
        evidence = Evidence(SOURCE, field, value)
        return Finding(kind, self.entry, cell, stands, proposal, evidence, round(self.confidence * doubt, 2))


def entry_findings(entry: CatalogEntry, match: Match, style: Style) -> Iterator[Finding]:
    """The differences between a catalog entry and the metadata of its paper, which `match` names.

    If it is not certain which paper the entry is about, the only finding says so.
    """
    paper = match.paper
    if paper is None or (not match.by_id and match.confidence < CONFIDENT):
        yield _unconfirmed(entry, match)
        return
    # The cells of an entry with a wrong id would all differ; the id is the only thing worth saying.
    if match.by_id and unrelated(entry, paper, style.aliases):
        evidence = Evidence(SOURCE, "title", paper.title)
        yield Finding(FindingKind.WRONG_LINK, entry, "authors", paper.id.native, None, evidence, 0.9)
        return
    case = _Case(entry, paper, cells_of(paper, _NO_SUMMARY, style.cells), style, min(match.confidence, _SURE))
    for check in (_title, _authors, _link, _year, _venue, _spelling, _summary, _withdrawn):
        yield from check(case)


def _unconfirmed(entry: CatalogEntry, match: Match) -> Finding:
    """The finding for an entry without a certain paper: its id is unknown to arXiv, or the search for its title found
    none.
    """
    if entry.ids:
        native = entry.ids[0].native
        return Finding(FindingKind.WRONG_LINK, entry, "authors", native, None, Evidence(SOURCE, "id", native), _SURE)
    near = [paper for paper in (match.paper, *match.rivals) if paper is not None]
    evidence = Evidence(SOURCE, "title search", "; ".join(f"{p.id.native} {p.title}" for p in near[:3]))
    return Finding(FindingKind.UNCONFIRMED, entry, "title", entry.title, None, evidence, round(match.confidence, 2))


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
    the paper's own metadata does not name is no reason for another year.
    """
    entry, year = case.entry, case.paper.year
    if entry.year is None or entry.year == year:
        return
    venue = stated_venue(case.paper)
    years = {number for _, number in series(venue.raw)} if venue else set[int]()
    # A year that agrees with the row's own venue may be meant as the venue's year.
    doubt = 0.7 if entry.year in {number for _, number in series(entry.venue)} else 1
    published = case.paper.published.isoformat() if case.paper.published else str(year)
    proposal = None if entry.year in years else str(year)
    yield case.finding(FindingKind.YEAR, "year", str(entry.year), proposal, "published", published, doubt)


def _venue(case: _Case) -> Iterator[Finding]:
    entry, truth = case.entry, stated_venue(case.paper)
    if entry.place.section is not Section.TABLE:
        return
    if truth is None:
        if series(entry.venue):
            field, said = "comment, journal_ref", case.paper.comment or ""
            yield case.finding(FindingKind.UNCONFIRMED, "venue", entry.venue, None, field, said, 0.5)
        elif is_pending(entry.venue):
            published = case.paper.published.isoformat() if case.paper.published else case.paper.id.native
            yield case.finding(FindingKind.VENUE, "venue", entry.venue, case.cells.venue, "published", published, 0.9)
        return
    if _says(entry.venue, truth.text):
        return
    contradicts = not (is_preprint(entry.venue) or is_pending(entry.venue))
    doubt = 0.8 if contradicts else 0.95
    yield case.finding(FindingKind.VENUE, "venue", entry.venue, truth.text, truth.field, fold(truth.raw), doubt)


def _says(cell: str, venue: str) -> bool:
    """Whether the cell already names the venue, whatever the spelling."""
    wanted = series(venue)
    return bool(wanted & series(cell)) if wanted else fold(venue).casefold() in fold(cell).casefold()


def _source_text(paper: Paper) -> str:
    return f"{paper.title}\n{paper.abstract}\n{paper.title_raw}\n{paper.abstract_raw}"


def _spelling(case: _Case) -> Iterator[Finding]:
    source = _source_text(case.paper)
    for name in _unheld(case, source):
        there = re.search(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", source, re.IGNORECASE)
        if there is not None:
            yield case.finding(FindingKind.SPELLING, "summary", name, there[0], "abstract", _around(source, there), 0.9)


def _summary(case: _Case) -> Iterator[Finding]:
    """A finding for names and numbers of the summary that neither title nor abstract holds."""
    if not case.paper.abstract or not case.entry.summary:
        return
    from watcher.domain.summaries.violations import unsupported_numbers  # noqa: PLC0415 - many patterns, for a check alone

    source = _source_text(case.paper)
    odd = [name for name in _unheld(case, source) if name.casefold() not in source.casefold()]
    odd += unsupported_numbers(case.entry.summary, source, english=not has_japanese(case.entry.summary))
    if odd:
        stands = "、".join(dict.fromkeys(odd))
        yield case.finding(FindingKind.SUMMARY, "summary", stands, None, "abstract", fold(case.paper.abstract), 0.7)


def _unheld(case: _Case, source: str) -> list[str]:
    """The names in Latin letters that the summary has and the paper's text has not."""
    if not case.paper.abstract:
        return []
    text = f"{source}\n{without_tex(source)}"
    summary = narrow(case.entry.summary)
    found = dict.fromkeys(match[0] for match in (names if has_japanese(summary) else english_names)(summary))
    return [name for name in found if not contains_name(text, name, case.style.aliases)]


def _around(text: str, match: re.Match[str]) -> str:
    """The match with 40 characters of context on each side."""
    return fold(text[max(0, match.start() - 40) : match.end() + 40])


def _withdrawn(case: _Case) -> Iterator[Finding]:
    comment = case.paper.comment or ""
    if _WITHDRAWN.search(comment):
        yield case.finding(FindingKind.WITHDRAWN, "title", case.entry.title, None, "comment", fold(comment), 0.9)


_FORMS: Final = {"oral": "Oral", "spotlight": "Spotlight", "poster": "ポスター", "findings": "Findings"}

# A series is an acronym with its year: "NeurIPS 2023", "ACM MM '24", "EMNLP2023".
_SERIES = re.compile(
    r"(?P<name>(?:(?:ACM|IEEE(?:/CVF)?|AAAI/ACM)\s+)?(?<![\w-])[A-Z][A-Za-z]*[A-Z][A-Za-z]*(?:[-/+][A-Z][A-Za-z]+)*)"
    r"[\s-]*(?P<year>(?:19|20)\d\d|['’]\d\d)(?!\d)"
)
_FORM = re.compile(r"\b(oral|spotlight|poster|findings)\b|(ポスター)", re.IGNORECASE)
_WORKSHOP = re.compile(r"workshop|ワークショップ|tutorial|challenge|competition", re.IGNORECASE)

# A comment speaks of acceptance when it begins with the venue or says so; these words take it back, or tell of
# another paper.
_ACCEPTANCE = re.compile(r"(?:accept|publish|appear|present|camera[- ]ready|proceedings)", re.IGNORECASE)
_DENIAL = re.compile(
    r"submi(?:tted|ssion)|under\s+review|in\s+review|reject|withdrawn|withdrew|extended|extension|earlier|previous|"
    r"preliminary|short(?:er)?\s+version|based\s+on|template|format|style|challenge|competition|baseline|solution|"
    r"archiv|dataset|winner|\bnot\b|target",
    re.IGNORECASE,
)
# Acronyms that look like a conference when a year follows, but name a publisher, an identifier or a license.
_PUBLISHERS = frozenset({"PMLR", "LNCS", "CEUR", "LNAI", "CCIS", "DOI", "ISBN", "ISSN", "CC"})

_ANY_SUMMARY = Summary("", (), (), (), "", "")
_PREPRINT = re.compile(r"arxiv|プレプリント|プリント|preprint", re.IGNORECASE)
_PENDING = re.compile(r"投稿中|投稿予定|予定|査読中|審査中|under\s+review|submitted", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StatedVenue:
    """Where a paper was published: `text` in the catalog's spelling, the metadata `field` that says so (journal_ref or
    comment), and its `raw` value.
    """

    text: str
    field: str
    raw: str

    @property
    def year(self) -> int | None:
        """The year that the stated venue names, or None."""
        found = series(self.raw)
        return max(year for _, year in found) if found else None


def series(text: str) -> frozenset[tuple[str, int]]:
    """The conferences that a text names, as (acronym in lower case without its society, year), e.g. ("cvpr", 2025)."""
    return frozenset(
        (match["name"].split()[-1].split("/")[-1].lower(), _year_of(match["year"]))
        for match in _SERIES.finditer(text)
        if match["name"] not in _PUBLISHERS
    )


def stated_venue(paper: Paper) -> StatedVenue | None:
    """The venue that a paper's metadata state: from the journal reference, else from the first clause of the comment
    that states acceptance, else None.

    A comment is only the authors' claim, so a clause that might mean something else than acceptance is ignored.
    """
    if paper.journal_ref and (reference := plain(paper.journal_ref)):
        return StatedVenue(_in_house(reference) or reference, "journal_ref", paper.journal_ref)
    comment = plain(paper.comment or "")
    for clause in re.split(r"[;|]|[.,](?=\s)|\s[-–—]\s", comment):
        found = _SERIES.search(clause)
        if found is None or found["name"] in _PUBLISHERS or _DENIAL.search(comment):
            continue
        if found.start() == len(clause) - len(clause.lstrip()) or _ACCEPTANCE.search(clause[: found.start()]):
            house = _in_house(clause)
            return StatedVenue(house, "comment", paper.comment or "") if house else None
    written = cells_of(paper, _ANY_SUMMARY).venue  # "Accepted at Educational Data Mining 2026": no acronym
    return None if is_preprint(written) else StatedVenue(written, "comment", paper.comment or "")


def is_preprint(text: str) -> bool:
    """Whether a venue cell is empty or says only that the paper is on arXiv."""
    return not series(text) and (not fold(text) or _PREPRINT.search(text) is not None)


def is_pending(text: str) -> bool:
    """Whether a venue cell says that publication is still to come ("under review", 投稿中)."""
    return _PENDING.search(text) is not None


def _in_house(text: str) -> str:
    """The venue in the catalog's spelling, e.g. `NeurIPS 2024 (ポスター)`; "" if the text has not this simple form."""
    found = _SERIES.search(text)
    if found is None or _WORKSHOP.search(text) or found["name"] in _PUBLISHERS:
        return ""
    venue = f"{fold(found['name'])} {_year_of(found['year'])}"
    form = _FORM.search(text)
    if form is None:
        return venue
    word = _FORMS[(form[1] or "poster").lower()]
    return f"{venue} {word}" if word == "Findings" else f"{venue} ({word})"


def _year_of(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text[1:])
