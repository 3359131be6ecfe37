"""The seven cells of a catalog row, built from a paper and its summary, and the checks that a row must pass."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from watcher.domain.catalog.dates import find_date
from watcher.domain.catalog.own_fields import OwnField
from watcher.domain.facts import Cells, Summary, Violation
from watcher.domain.papers.paper import Paper
from watcher.domain.summaries.fields import own_texts
from watcher.domain.text import has_japanese, is_invisible, visible


@dataclass(frozen=True, slots=True)
class CellWords:
    """Fixed texts for catalog cells in the language of the cells; part of the style sheet.

    `authors`, `attention` and `preprint` are used where the paper's metadata say nothing. `month` is the venue of a
    preprint, with the placeholders {year} and {month}; `separator` stands between categories; `levels` maps the
    Japanese words of an attention cell (高, 被引用 …) to those of the language. `fields` are the topic's catalog fields
    beside the seven cells.
    """

    authors: str = "著者不明"
    attention: str = "低 (新着、注目度は未調査)"
    preprint: str = "arXiv (プレプリント)"
    month: str = "arXiv ({year}年{month}月)"
    separator: str = "、"
    levels: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[OwnField, ...] = ()

    def told(self, attention: str) -> str:
        """Translate the text of an attention cell from Japanese into the language of the cells, by `levels`."""
        for word, own in self.levels.items():
            attention = attention.replace(word, own)
        return attention


JAPANESE: Final = CellWords()
"""The words of a catalog in Japanese."""
_TERMS = re.compile("[、，]|, ")

# The catalog names people by surname. Particles belong to it; written with a capital they may also be given
# names, which happens above all before the commonest Vietnamese surnames ("Phuc Van Dinh").
_PARTICLES = frozenset({
    "af", "al", "bin", "da", "dal", "das", "de", "dei", "del", "della", "den", "der", "des", "di", "do", "dos",
    "du", "el", "ibn", "la", "las", "le", "los", "te", "ten", "ter", "van", "vom", "von", "zu", "zur",
})  # fmt: skip
_CAPITAL_PARTICLES = frozenset({
    "Al", "Ben", "Da", "De", "Del", "Della", "Der", "Di", "Dos", "El", "La", "Le", "St.", "Van", "Von",
})  # fmt: skip
_VIETNAMESE = frozenset({
    "Bui", "Dang", "Dinh", "Do", "Duong", "Ha", "Ho", "Hoang", "Huynh", "Le", "Ly", "Ngo", "Nguyen", "Pham", "Phan",
    "Tran", "Truong", "Vo", "Vu",
})  # fmt: skip
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})  # no part of a surname
# Last words of organizations that arXiv lists as authors; their names are kept whole.
_BODIES = frozenset({
    "AI", "Collaboration", "Community", "Consortium", "Group", "Initiative", "Lab", "Labs", "Project", "Team",
})  # fmt: skip

# "Accepted at X", "This paper was accepted for publication as a full paper in X": up to the end of the clause.
_ACCEPTED = re.compile(
    r"""(?:^|[.;,|]\s*)
        (?:(?:this|the|our)\s+(?:paper|work|article|manuscript)\s+)?(?:(?:is|was|has\ been)\s+)?
        accepted\s+(?:for\s+(?:\w+\s+)?(?:publication|presentation)\s+)?(?:as\s+(?:an?\s+)?[\w-]+(?:\s[\w-]+)?\s+)?
        (?:at|to|into|by|in|for)\s+(?:the\s+)?(?!(?:be|publication)\b)
        (?P<venue>.+?)(?P<end>\s*[;|]|[.,](?=\s|$)|\s[-–—]\s|$)""",
    re.IGNORECASE | re.VERBOSE,
)
# Without a year or an acronym, what follows "accepted to" is seldom the name of anything; without a figure or a
# bracket before it, a comma may stand inside the name ("... on Acoustics, Speech and Signal Processing").
_VENUE_SIGN = re.compile(r"(?:19|20)\d\d|['’]\d\d\b|[A-Z]{3,}")
_VENUE_BEFORE_COMMA = re.compile(r"[0-9)]$")
_LONGEST_VENUE_IN_COMMENT = 120
_TAKEN_BACK = re.compile(r"\bwithdr(?:awn|ew)\b|\bretract(?:ed|ion)\b", re.IGNORECASE)

_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
# In characters; far more than a cell needs, so only broken texts are refused.
_LONGEST = {"title": 400, "summary": 1000, "authors": 200, "categories": 200, "venue": 300, "attention": 200}
_NEVER_EMPTY = ("title", "summary", "authors")
_LONGEST_OWN = 400

ADDRESS: Final = re.compile(
    r"https?://[A-Za-z0-9._~/%+-]+(?::\d{1,5}(?:/[A-Za-z0-9._~/%+-]*)?)?"
    r"(?:\?[A-Za-z0-9._~/%+=&-]*)?(?:#[A-Za-z0-9._~/%+=&?!-]*)?",
    re.ASCII,
)
"""An address that a cell may link to: none of its signs could be Markdown."""


def plain(text: str) -> str:
    """A text normalized for a catalog cell: one line, Unicode NFC, without invisible characters."""
    return unicodedata.normalize("NFC", visible(text))


def terms_in(text: str) -> list[str]:
    """Split the text of a categories cell into its terms, which are separated by Japanese or ASCII commas."""
    return [term for term in _TERMS.split(text) if term]


def cells_of(paper: Paper, summary: Summary | None, words: CellWords = JAPANESE) -> Cells:
    """The cells that the bot proposes for a paper: summary and categories from the model's summary, the bibliographic
    ones from the paper's metadata.
    """
    return Cells(
        title=plain(paper.title),
        summary=plain(summary.summary_ja) if summary else "",
        authors=_authors(paper.authors) or words.authors,
        year=str(paper.year),
        categories=words.separator.join(plain(term) for term in summary.categories_ja) if summary else "",
        venue=_venue(paper, words),
        attention=words.attention,
    )


def with_own(cells: Cells, paper: Paper, summary: Summary | None, words: CellWords) -> Cells:
    """A copy of the cells with the catalog's additional fields filled, each from its configured source: the paper's
    metadata, the model's summary or the attention cell; "" where there is none.
    """
    if not words.fields:
        return cells
    written = {name: plain(text) for name, text in summary.fields.items()} if summary else {}
    return replace(cells, own=own_texts(words.fields, paper, cells, written))


def check_cells(cells: Cells) -> tuple[Violation, ...]:
    """The reasons why these cells may not be written to the catalog; empty if there is none.

    Codes are `<cell>_empty`, `<cell>_long` (detail: length/limit in characters), `<cell>_invisible` (detail: code
    points), `year`, and `<field>_form` for an additional field (code, project, date) that is not an address or date.
    White space is no error: it is normalized when the row is written.
    """
    return (*_violations(cells), *_ill_formed(cells))


def _ill_formed(cells: Cells) -> Iterator[Violation]:
    """The own fields that would be left out of the row, or another text put in their place."""
    for name in ("code", "project"):
        if (text := plain(cells.own.get(name, ""))) and not ADDRESS.fullmatch(text):
            yield Violation(f"{name}_form", text[:40])
    date = plain(cells.own.get("date", ""))
    if date and find_date(date) is None:
        yield Violation("date_form", date[:40])


def _violations(cells: Cells) -> Iterator[Violation]:
    for name in cells.all_names:
        text = cells[name]
        hidden = sorted({f"U+{ord(c):04X}" for c in text if is_invisible(c) and not c.isspace()})
        if hidden:
            yield Violation(f"{name}_invisible", " ".join(hidden[:5]))
        if name in _NEVER_EMPTY and not plain(text):
            yield Violation(f"{name}_empty")
        limit = _LONGEST.get(name, _LONGEST_OWN if name in cells.own else None)
        if limit is not None and len(text) > limit:
            yield Violation(f"{name}_long", f"{len(text)}/{limit}")
    if not _YEAR.fullmatch(cells.year):
        yield Violation("year", plain(cells.year)[:20])


def _authors(authors: Sequence[str]) -> str:
    """`A`, `A & B` or `A et al.`, by surname; "" for nobody. Entries without a letter ("NVIDIA, :, …") are left out."""
    surnames = [_surname(name) for name in map(plain, authors) if any(c.isalpha() for c in name)]
    if len(surnames) > 2:
        return f"{surnames[0]} et al."
    return " & ".join(surnames)


def _surname(name: str) -> str:
    """The surname in a full name, with its particles ("van der Waals") and without "Jr."."""
    words = re.sub(r"\([^)]*\)", " ", name).replace(",", " ").split() or name.split()
    words[-1] = words[-1].rstrip("*†‡§¶") or words[-1]
    if len(words) == 1 or words[-1] in _BODIES:
        return " ".join(words)
    if has_japanese(name):
        return words[0]  # Japanese names begin with the surname
    if len(words) > 2 and words[-1].rstrip(".").lower() in _SUFFIXES:
        del words[-1]
    if len(words[-1].rstrip(".")) == 1:
        return " ".join(words)  # "Arunkumar V": the initial stands for the family
    start = len(words) - 1
    while start > 0 and _is_particle(words[start - 1], first=start == 1, surname=words[-1]):
        start -= 1
    return " ".join(words[start:])


def _is_particle(word: str, *, first: bool, surname: str) -> bool:
    if word in _PARTICLES:
        return True
    return word in _CAPITAL_PARTICLES and not first and surname not in _VIETNAMESE


def _venue(paper: Paper, words: CellWords) -> str:
    """The journal reference, else the venue that the comment names, else "arXiv" with year and month; for a paper that
    arXiv does not have, the name of its source, which is its journal reference.
    """
    if paper.journal_ref and plain(paper.journal_ref):
        return plain(paper.journal_ref)[: _LONGEST["venue"]]
    comment = plain(paper.comment or "")
    accepted = None if _TAKEN_BACK.search(comment) else _ACCEPTED.search(comment)
    if accepted and _is_venue(accepted["venue"], comma=accepted["end"] == ","):
        return accepted["venue"]
    if paper.first_month is not None:
        year, month = paper.first_month
        return words.month.format(year=year, month=month)
    return words.preprint


def _is_venue(text: str, *, comma: bool) -> bool:
    return (
        len(text) <= _LONGEST_VENUE_IN_COMMENT
        and _VENUE_SIGN.search(text) is not None
        and (not comma or _VENUE_BEFORE_COMMA.search(text) is not None)
        and "://" not in text
        and text.count("(") == text.count(")")
    )
