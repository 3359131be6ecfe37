"""The content of a catalog row: its seven cells and its additional fields (date, code, keywords …), built from a paper
and its summary or requested from a model, and the checks that a row must pass.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from watcher.domain.catalog.shape import FieldSource, OwnField, find_date
from watcher.domain.facts import Cells, Summary, Violation
from watcher.domain.papers.paper import Paper, PaperId
from watcher.domain.summaries.style import JAPANESE, CellWords, sentences
from watcher.domain.text import has_japanese, is_invisible, visible

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
    # Entries without a letter ("NVIDIA, :, …") are no authors.
    surnames = [_surname(name) for name in map(plain, paper.authors) if any(c.isalpha() for c in name)]
    return Cells(
        title=plain(paper.title),
        summary=plain(summary.summary_ja) if summary else "",
        authors=(f"{surnames[0]} et al." if len(surnames) > 2 else " & ".join(surnames)) or words.authors,
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
    known, own = fields_of(paper, cells), dict[str, str]()
    for one in words.fields:
        if one.source is FieldSource.MODEL:
            written = plain(summary.fields.get(one.name, "")) if summary else ""
            own[one.name] = written or known.get(one.name, "")
        elif one.source is FieldSource.METADATA:
            own[one.name] = known.get(one.name, "")
        else:
            own[one.name] = cells.attention if one.source is FieldSource.FIGURE else ""
    return replace(cells, own=own)


def check_cells(cells: Cells) -> tuple[Violation, ...]:
    """The reasons why these cells may not be written to the catalog; empty if there is none.

    Codes are `<cell>_empty`, `<cell>_long` (detail: length/limit in characters), `<cell>_invisible` (detail: code
    points), `year`, and `<field>_form` for an additional field (code, project, date) that is not an address or date.
    White space is no error: it is normalized when the row is written.
    """
    return tuple(_violations(cells))


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
    # An ill-formed own field would be left out of the row, or another text put in its place.
    for name in ("code", "project"):
        if (text := plain(cells.own.get(name, ""))) and not ADDRESS.fullmatch(text):
            yield Violation(f"{name}_form", text[:40])
    date = plain(cells.own.get("date", ""))
    if date and find_date(date) is None:
        yield Violation("date_form", date[:40])


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


LONGEST_WRITTEN: Final = 200
"""The most characters of an own field that a model fills."""

_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~/%+-]+", re.ASCII)
_CODE = re.compile(
    r"https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|gitee\.com)/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+",
    re.ASCII,
)
_PAGE = re.compile(
    r"https?://[A-Za-z0-9-]+\.(?:github|gitlab)\.io(?![A-Za-z0-9.-]*[A-Za-z0-9-])(?:/[A-Za-z0-9._~/%+-]*)?", re.ASCII
)
_COINED = re.compile(r"\S{2,30}(?:\s\S{1,20}){0,2}")


def fields_of(paper: Paper, cells: Cells) -> Mapping[str, str]:
    """The additional catalog fields that can be computed for a paper, by name, "" for those unknown: `date` (ISO),
    `code` and `project` (addresses), `acronym` (the name before the title's colon), `comment` (the summary's first
    sentence) and `keywords` (the categories).

    Addresses are taken from the authors' comment. From the abstract an address is taken only if it is the only
    repository or the only project page there: others may be anybody's.
    """
    comment, abstract = paper.comment or "", paper.abstract
    pages = [found[0].rstrip(".,;") for found in _ADDRESS.finditer(comment) if not _CODE.match(found[0])]
    project = next((one for one in pages if "doi.org" not in one and "arxiv.org" not in one), "")
    head, colon, _ = visible(paper.title).partition(":")
    return {
        "date": paper.published.isoformat() if paper.published else "",
        "code": next(iter(_repositories(comment)), "") or _only(_repositories(abstract)),
        "project": project or _only([found[0].rstrip(".") for found in _PAGE.finditer(abstract)]),
        "comment": next(iter(sentences(cells.summary)), ""),
        "keywords": cells.categories,
        "acronym": head if colon and _COINED.fullmatch(head) else "",
    }


def _repositories(text: str) -> list[str]:
    return [found[0].rstrip(".").removesuffix(".git") for found in _CODE.finditer(text)]


def _only(addresses: Sequence[str]) -> str:
    """The one address that a text names, "" if it names none or several."""
    distinct = set(addresses)
    return distinct.pop() if len(distinct) == 1 else ""


def fields_prompt(asked: Sequence[OwnField], language: str) -> str:
    """The end of the summary prompt, which asks the model for the additional catalog fields `asked`; "" if there are
    none.
    """
    if not asked:
        return ""
    lines = "\n".join(f'  - "{field.name}": {field.prompt}' for field in asked)
    return (
        f"\n- fields: an object beside these three. Each value is {language} text of one line and at most "
        f'{LONGEST_WRITTEN} characters, held to the same rules; "" where title and abstract say nothing of it:\n{lines}'
    )


def schema_with(schema: Mapping[str, Any], asked: Sequence[OwnField]) -> Mapping[str, Any]:
    """Extend the JSON schema of a model's answer by an object `fields` with the additional catalog fields `asked`."""
    if not asked:
        return schema
    names = [field.name for field in asked]
    own = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in names},
        "required": names,
        "additionalProperties": False,
    }
    return {
        **schema,
        "properties": {**schema["properties"], "fields": own},
        "required": [*schema["required"], "fields"],
    }


def texts_in(asked: Sequence[OwnField], answer: object) -> Iterator[tuple[str, str]]:
    """The (field name, text) pairs for the additional catalog fields `asked` in a model's answer, on one line each;
    values that are neither text nor a list of texts are left out.
    """
    for one in asked:
        value = answer.get(one.name) if isinstance(answer, Mapping) else None
        if isinstance(value, list):
            value = ", ".join(part for part in value if isinstance(part, str))
        if isinstance(value, str) and (text := " ".join(value.split())):
            yield one.name, text


@dataclass(frozen=True, slots=True)
class RowContent:
    """The content of a paper's row in the catalog: the paper's id, the seven standard cells and the link, and, by name,
    further fields that a catalog may have.
    """

    id: PaperId
    cells: Cells
    url: str
    fields: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, paper: Paper, cells: Cells) -> RowContent:
        """Build a paper's catalog row from its cells, adding the fields that the cells do not hold but metadata and
        cells tell.
        """
        return cls(paper.id, cells, paper.url, {**fields_of(paper, cells), **cells.own})
