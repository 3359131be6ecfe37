"""A finding of the catalog check: a cell, its text, the proposed text, and the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from watcher.domain.catalog import CatalogEntry


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
    """One thing in the catalog that should be looked at.

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
