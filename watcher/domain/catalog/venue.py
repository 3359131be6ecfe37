"""Reads venues from a paper's own metadata, and interprets the texts of venue cells of the catalog."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from watcher.domain.facts import Summary
from watcher.domain.papers.paper import Paper
from watcher.domain.summaries.cells import cells_of, plain
from watcher.domain.text import fold

_FORMS: Final = {"oral": "Oral", "spotlight": "Spotlight", "poster": "ポスター", "findings": "Findings"}

# A series is an acronym with its year: "NeurIPS 2023", "ACM MM '24", "EMNLP2023".
_SERIES = re.compile(
    r"(?P<name>(?:(?:ACM|IEEE(?:/CVF)?|AAAI/ACM)\s+)?(?<![\w-])[A-Z][A-Za-z]*[A-Z][A-Za-z]*(?:[-/+][A-Z][A-Za-z]+)*)"
    r"[\s-]*(?P<year>(?:19|20)\d\d|['’]\d\d)(?!\d)"
)
_FORM = re.compile(r"\b(oral|spotlight|poster|findings)\b|(ポスター)", re.IGNORECASE)
_WORKSHOP = re.compile(
    r"workshop|ワークショップ|tutorial|challenge|competition|companion|adjunct|extended abstracts|(?-i:(?<=[A-Z\d])@(?=[A-Z]))",
    re.IGNORECASE,
)

# A comment speaks of acceptance when it begins with the venue or says so; these words take it back, or tell of
# another paper.
_ACCEPTANCE = re.compile(r"(?:accept|publish|appear|present|camera[- ]ready|proceedings)", re.IGNORECASE)
_DENIAL = re.compile(
    r"submi(?:tted|ssion)|under\s+review|in\s+review|reject|withdrawn|withdrew|extended|extension|earlier|previous|"
    r"preliminary|short(?:er)?\s+version|based\s+on|template|format|style|challenge|competition|baseline|solution|"
    r"archiv|dataset(?!s\s+and\s+benchmarks)|winner|\bnot\b|target",
    re.IGNORECASE,
)
# Acronyms that look like a conference when a year follows, but name a publisher, an identifier or a license.
_PUBLISHERS = frozenset({"PMLR", "LNCS", "CEUR", "LNAI", "CCIS", "DOI", "ISBN", "ISSN", "CC"})

_ANY_SUMMARY: Final = Summary("", (), (), (), "", "")
_PREPRINT = re.compile(r"rxiv|プレプリント|プリント|preprint|\bCoRR\b|\bSSRN\b|Research Square", re.IGNORECASE)
_PENDING = re.compile(r"投稿中|投稿予定|予定|査読中|審査中|under\s+review|submitted", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StatedVenue:
    """Where a paper was published according to its own metadata: `text` in the catalog's spelling, the metadata `field`
    (journal_ref or comment), and its `raw` value.
    """

    text: str
    field: str
    raw: str


def series(text: str) -> frozenset[tuple[str, int]]:
    """The conferences that a text names, as (acronym in lower case without its society, year), e.g. ("cvpr", 2025)."""
    return frozenset(
        (_acronym(match["name"]), _year_of(match["year"]))
        for match in _SERIES.finditer(text)
        if match["name"] not in _PUBLISHERS
    )


def _acronym(name: str) -> str:
    short = name.rsplit(maxsplit=1)[-1].rsplit("/", maxsplit=1)[-1].lower()
    return "neurips" if short == "nips" else short  # its name until 2018


def stated_venue(paper: Paper) -> StatedVenue | None:
    """The venue that a paper's metadata state: from the journal reference, else from the first clause of the comment
    that states acceptance, else None.

    A comment is only the authors' claim, so a clause that might mean something else than acceptance is ignored.
    """
    if paper.journal_ref and (reference := plain(paper.journal_ref)):
        return StatedVenue(in_house(reference) or reference, "journal_ref", paper.journal_ref)
    comment = plain(paper.comment or "")
    for clause in re.split(r"[;|]|[.,](?=\s)|\s[-–—]\s", comment):
        found = _SERIES.search(clause)
        if found is None or found["name"] in _PUBLISHERS or denies(comment):
            continue
        if found.start() == len(clause) - len(clause.lstrip()) or _ACCEPTANCE.search(clause[: found.start()]):
            house = in_house(clause)
            return StatedVenue(house, "comment", paper.comment or "") if house else None
    written = cells_of(paper, _ANY_SUMMARY).venue  # "Accepted at Educational Data Mining 2026": no acronym
    return None if is_preprint(written) else StatedVenue(written, "comment", paper.comment or "")


def is_preprint(text: str) -> bool:
    """Whether the text of a venue cell is empty or says only that the paper is a preprint (arXiv, bioRxiv)."""
    return not series(text) and (not fold(text) or _PREPRINT.search(text) is not None)


def is_pending(text: str) -> bool:
    """Whether the text of a venue cell says that publication is still to come ("under review", 投稿中)."""
    return _PENDING.search(text) is not None


def is_workshop(text: str) -> bool:
    """Whether the name of a venue is that of a workshop (also as ALOE@NeurIPS), tutorial, competition or companion
    volume rather than of the conference it belongs to.
    """
    return _WORKSHOP.search(text) is not None


def denies(text: str) -> bool:
    """Whether an authors' comment contains words ("submitted", "not", "extended version") that make its statement of a
    venue doubtful.
    """
    return _DENIAL.search(text) is not None


def has_form(text: str) -> bool:
    """Whether the text of a venue states the form of presentation: oral, spotlight, poster, Findings."""
    return _FORM.search(text) is not None


def in_house(text: str) -> str:
    """Rewrite the name of a venue in the catalog's spelling, e.g. `NeurIPS 2024 (ポスター)`; "" if it has no acronym
    with a year, or is a workshop.
    """
    found = _SERIES.search(text)
    if found is None or is_workshop(text) or found["name"] in _PUBLISHERS:
        return ""
    venue = f"{fold(found['name'])} {_year_of(found['year'])}"
    form = _FORM.search(text)
    if form is None:
        return venue
    word = _FORMS[(form[1] or "poster").lower()]
    return f"{venue} {word}" if word == "Findings" else f"{venue} ({word})"


def _year_of(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text[1:])
