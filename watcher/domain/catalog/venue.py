"""Venues: reads them from a paper's own metadata, interprets the texts of venue cells, maps the names and keys that
services have for known conferences and journals to the catalog's spelling, and tells whether two texts name the same.

An unknown name gives "": a guess would be written into the catalog as a fact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from watcher.domain.facts import Summary
from watcher.domain.papers.paper import Paper
from watcher.domain.summaries.cells import cells_of, plain
from watcher.domain.text import fold, lazy_pattern

_FORMS: Final = {"oral": "Oral", "spotlight": "Spotlight", "poster": "ポスター", "findings": "Findings"}

# A series is an acronym with its year: "NeurIPS 2023", "ACM MM '24", "EMNLP2023".
_SERIES = lazy_pattern(
    r"(?P<name>(?:(?:ACM|IEEE(?:/CVF)?|AAAI/ACM)\s+)?(?<![\w-])[A-Z][A-Za-z]*[A-Z][A-Za-z]*(?:[-/+][A-Z][A-Za-z]+)*)"
    r"[\s-]*(?P<year>(?:19|20)\d\d|['’]\d\d)(?!\d)"
)
_FORM = lazy_pattern(r"\b(oral|spotlight|poster|findings)\b|(ポスター)", re.IGNORECASE)
_WORKSHOP = lazy_pattern(
    r"workshop|ワークショップ|tutorial|challenge|competition|companion|adjunct|extended abstracts|(?-i:(?<=[A-Z\d])@(?=[A-Z]))",
    re.IGNORECASE,
)

# A comment speaks of acceptance when it begins with the venue or says so; these words take it back, or tell of
# another paper.
_ACCEPTANCE = lazy_pattern(r"(?:accept|publish|appear|present|camera[- ]ready|proceedings)", re.IGNORECASE)
_DENIAL = lazy_pattern(
    r"submi(?:tted|ssion)|under\s+review|in\s+review|reject|withdrawn|withdrew|extended|extension|earlier|previous|"
    r"preliminary|short(?:er)?\s+version|based\s+on|template|format|style|challenge|competition|baseline|solution|"
    r"archiv|dataset(?!s\s+and\s+benchmarks)|winner|\bnot\b|target",
    re.IGNORECASE,
)
# Acronyms that look like a conference when a year follows, but name a publisher, an identifier or a license.
_PUBLISHERS = frozenset({"PMLR", "LNCS", "CEUR", "LNAI", "CCIS", "DOI", "ISBN", "ISSN", "CC"})

_ANY_SUMMARY: Final = Summary("", (), (), (), "", "")
_PREPRINT = lazy_pattern(r"rxiv|プレプリント|プリント|preprint|\bCoRR\b|\bSSRN\b|Research Square", re.IGNORECASE)
_PENDING = lazy_pattern(r"投稿中|投稿予定|予定|査読中|審査中|under\s+review|submitted", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _StatedVenue:
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


def stated_venue(paper: Paper) -> _StatedVenue | None:
    """The venue that a paper's metadata state: from the journal reference, else from the first clause of the comment
    that states acceptance, else None.

    A comment is only the authors' claim, so a clause that might mean something else than acceptance is ignored.
    """
    if paper.journal_ref and (reference := plain(paper.journal_ref)):
        return _StatedVenue(_in_house(reference) or reference, "journal_ref", paper.journal_ref)
    comment = plain(paper.comment or "")
    for clause in re.split(r"[;|]|[.,](?=\s)|\s[-–—]\s", comment):
        found = _SERIES.search(clause)
        if found is None or found["name"] in _PUBLISHERS or denies(comment):
            continue
        if found.start() == len(clause) - len(clause.lstrip()) or _ACCEPTANCE.search(clause[: found.start()]):
            house = _in_house(clause)
            return _StatedVenue(house, "comment", paper.comment or "") if house else None
    written = cells_of(paper, _ANY_SUMMARY).venue  # "Accepted at Educational Data Mining 2026": no acronym
    return None if is_preprint(written) else _StatedVenue(written, "comment", paper.comment or "")


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


def _in_house(text: str) -> str:
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


_NLP: Final = "the association for computational linguistics"
# The catalog's spelling: keys of DBLP (dblp.org/db/conf), and names in full, as `_bare` leaves them.
_CONFERENCES: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "NeurIPS": (
        ("nips", "neurips"),
        ("neural information processing systems", "conference on neural information processing systems"),
    ),
    "ICML": (("icml",), ("international conference on machine learning",)),
    "ICLR": (("iclr",), ("international conference on learning representations",)),
    "COLM": (("colm",), ("conference on language modeling",)),
    "AISTATS": (("aistats",), ("international conference on artificial intelligence and statistics",)),
    "UAI": (("uai",), ("conference on uncertainty in artificial intelligence",)),
    "CoRL": (("corl",), ("conference on robot learning",)),
    "AAAI": (("aaai",), ("aaai conference on artificial intelligence",)),
    "IJCAI": (
        ("ijcai",),
        tuple(f"international joint {word} on artificial intelligence" for word in ("conference", "conferences")),
    ),
    "AAMAS": (
        ("atal",),
        (
            "international conference on autonomous agents and multiagent systems",
            "adaptive agents and multi-agent systems",
        ),
    ),
    "ACL": (("acl",), (f"meeting of {_NLP}",)),
    "EMNLP": (("emnlp",), ("conference on empirical methods in natural language processing",)),
    "NAACL": (
        ("naacl",),
        (
            f"north american chapter of {_NLP}",
            f"conference of the north american chapter of {_NLP}: human language technologies",
            f"conference of the nations of the americas chapter of {_NLP}: human language technologies",
        ),
    ),
    "EACL": (("eacl",), (f"conference of the european chapter of {_NLP}",)),
    "CoNLL": (("conll",), ("conference on computational natural language learning",)),
    "COLING": (("coling",), ("international conference on computational linguistics",)),
    "LREC": (("lrec",), ("international conference on language resources and evaluation",)),
    "CVPR": (
        ("cvpr",),
        (
            "computer vision and pattern recognition",
            "ieee/cvf conference on computer vision and pattern recognition",
        ),
    ),
    "ICCV": (
        ("iccv",),
        ("ieee international conference on computer vision", "ieee/cvf international conference on computer vision"),
    ),
    "ECCV": (("eccv",), ("european conference on computer vision",)),
    "ACM MM": (("mm",), ("acm multimedia", "acm international conference on multimedia")),
    "ICRA": (("icra",), ("ieee international conference on robotics and automation",)),
    "IROS": (
        ("iros",),
        tuple(f"ieee/{other} international conference on intelligent robots and systems" for other in ("rsj", "rjs")),
    ),
    "KDD": (
        ("kdd",),
        ("knowledge discovery and data mining", "acm sigkdd conference on knowledge discovery and data mining"),
    ),
    "WWW": (("www",), ("web conference", "acm web conference", "acm on web conference")),
    "UIST": (("uist",), ("acm symposium on user interface software and technology",)),
    "CHI": (
        ("chi",),
        (
            "chi conference on human factors in computing systems",
            "international conference on human factors in computing systems",
        ),
    ),
    "CogSci": (("cogsci",), ("meeting of the cognitive science society",)),
    "Interspeech": (("interspeech",), ("interspeech",)),
}
_JOURNALS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "TMLR": ("journals/tmlr/", ("transactions on machine learning research", "trans. mach. learn. res")),
    "JMLR": ("journals/jmlr/", ("journal of machine learning research", "j. mach. learn. res")),
    "TACL": ("journals/tacl/", (f"transactions of {_NLP}",)),
    "PNAS": (
        "journals/pnas/",
        ("national academy of sciences", "national academy of sciences of the united states of america"),
    ),
}
_BY_DBLP: Final = {key: name for name, (keys, _) in _CONFERENCES.items() for key in keys}
_BY_ACRONYM: Final = {name.split()[-1]: name for name in _CONFERENCES} | {"NIPS": "NeurIPS"}
KNOWN: Final = {
    word: name for name in (*_CONFERENCES, *_JOURNALS) if " " not in name for word in (name, name.upper())
} | {"NIPS": "NeurIPS"}
"""The acronyms of conferences and journals that are a word of their own, and the catalog's spelling."""
_BY_NAME: Final = {full: name for name, (_, names) in (_CONFERENCES | _JOURNALS).items() for full in names}

_DBLP: Final = lazy_pattern(r"conf/(?P<series>[a-z]+)/[^/]*?(?P<year>\d\d)[a-z]*")
# aclanthology.org/info/ids: year, name of the volume, number of the paper; "2023.findings-emnlp.504".
_ACL: Final = lazy_pattern(
    r"(?P<year>20\d\d)\.(?P<findings>findings-)?(?P<series>acl|emnlp|naacl|eacl|coling|conll|lrec)"
    r"(?:-(?P<volume>main|long|short|1))?\.\d+"
)
_TELLING: Final = 3  # letters of an acronym that says something by itself: not SA for SIGGRAPH Asia
_YEAR_IN_NAME: Final = lazy_pattern(r"\b(?:19|20)\d\d\b|['’]\d\d\b")
_VOLUME: Final = lazy_pattern(r"neural information processing systems (\d{1,2})$")
_NEURIPS_BEGAN: Final = 1987  # volume 1 of its proceedings is of 1988
_ORDINAL: Final = lazy_pattern(
    r"\b(?:\d+(?:st|nd|rd|th)|(?:[a-z]+[- ])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)"
    r"|tenth|eleventh|twelfth|[a-z]+teenth|[a-z]+tieth)\b"
)
_NAME_FRAME: Final = lazy_pattern(r"^(?:(?:proceedings of|advances in|the|annual|biennial)\s+)+")


def dblp_venue(key: str) -> str:
    """The venue that a DBLP key such as `conf/nips/LiuLWL23a` stands for, in the catalog's spelling; "" for a preprint
    or an unknown series.
    """
    found = _DBLP.fullmatch(key)
    if found and found["series"] in _BY_DBLP:
        return f"{_BY_DBLP[found['series']]} {2000 + int(found['year'])}"
    return next((name for name, (start, _) in _JOURNALS.items() if key.startswith(start)), "")


def acl_venue(key: str) -> str:
    """The venue that an ACL Anthology id such as `2023.findings-emnlp.504` stands for, in the catalog's spelling; ""
    for workshops and ids before 2020.
    """
    found = _ACL.fullmatch(key)
    if found is None:
        return "TACL" if re.fullmatch(r"20\d\d\.tacl-1\.\d+", key) else ""
    series = next(name for name in _CONFERENCES if name.lower() == found["series"])
    return f"{series} {found['year']}{' Findings' if found['findings'] else ''}"


def named_venue(name: str, year: int | None = None) -> str:
    """The venue that a full or short name stands for (`Advances in Neural Information Processing Systems 37`, `UIST
    '23`), in the catalog's spelling.

    The year is the one in the name, else `year`, else none. "" for workshops and unknown names.
    """
    if is_workshop(name):
        return ""
    if short := _in_house(name):
        acronym, _, rest = short.partition(" ")
        known = _BY_ACRONYM.get(acronym)
        if known or len(acronym) >= _TELLING:
            return f"{known} {rest}" if known else short
    if known := _BY_ACRONYM.get(fold(name)):
        return f"{known} {year}" if year else known
    bare = _bare(name)
    volume = _VOLUME.search(bare)
    known = _BY_NAME.get(bare.removesuffix(f" {volume[1]}") if volume else bare)
    if known is None or known in _JOURNALS:
        return known or ""
    stated = _YEAR_IN_NAME.search(name)
    when = int(stated[0]) if stated and stated[0].isdigit() else _NEURIPS_BEGAN + int(volume[1]) if volume else year
    return f"{known} {when}" if when else known


def paper_length(name: str) -> str:
    """`short` or `long` if an ACL Anthology id or the name of a proceedings volume says so, else ""."""
    found = re.search(r"\b(short|long)(?: papers\)|\.\d+$)", name, re.IGNORECASE)
    return found[1].lower() if found else ""


def _bare(name: str) -> str:
    """A name in lower case without brackets, year, ordinals, and what frames it."""
    text = re.sub(r"\([^)]*\)", " ", fold(name).casefold())
    text = fold(_ORDINAL.sub(" ", _YEAR_IN_NAME.sub(" ", text))).rstrip(" .,:;-")
    return _NAME_FRAME.sub("", text)


_YEAR_IN_TEXT: Final = lazy_pattern(r"(?<!\d)((?:19|20)\d\d)(?!\d)|['’-](\d\d)(?!\d)")
_RUN: Final = lazy_pattern(
    r"[^\W\d_][^\W\d_.&/'’ -]*(?:[.&/'’ -]+[^\W\d_][^\W\d_.&/'’ -]*)*"
)  # words without a sign between
_WORD: Final = lazy_pattern(r"[^\W\d_]+(?:-[A-Z]+)*")
_SMALL: Final = frozenset(
    {"a", "an", "and", "at", "de", "der", "des", "du", "for", "in", "la", "of", "on", "the", "und"}
)
# What may be left out before a name.
_LEFT_OUT: Final = frozenset({"acm", "annual", "conference", "ieee", "international", "proc", "proceedings"})
_SHORTEST_ACRONYM: Final = 3


def same_venue(one: str, other: str) -> bool:
    """Whether two texts name the same conference or journal. A year that only one of them states is no difference."""
    first, second = _conferences(one), _conferences(other)
    if first and second:
        return any(a == b and (None in {y, z} or y == z) for (a, y), (b, z) in product(first, second))
    years, others = _years(one), _years(other)
    if years and others and years.isdisjoint(others):
        return False
    # A run of words in one text is the name that the other begins with, or an abbreviation of it. A comma may stand in
    # a name or after it.
    texts = [(one, other), (one.replace(",", " "), other.replace(",", " "))]
    return any(_holds(a, next(_runs(b), [])) or _holds(b, next(_runs(a), [])) for a, b in texts)


def _conferences(text: str) -> set[tuple[str, int | None]]:
    """The known conferences, and whatever has the form of one, that a text names, with the year if it states one."""
    years = _years(text)
    year = min(years) if len(years) == 1 else None
    found: set[tuple[str, int | None]] = {(part, when) for name, when in series(text) for part in name.split("-")}
    named = named_venue(text, year)
    found.update(series(named) or ({(named.lower(), None)} if named else ()))
    parts = (part for word in _WORD.findall(text) for part in word.split("-"))
    known = {KNOWN[part].lower() for part in parts if part in KNOWN}
    return found | {(name, year) for name in known if all(name != told for told, _ in found)}


def _years(text: str) -> set[int]:
    return {int(long) if long else 2000 + int(short) for long, short in _YEAR_IN_TEXT.findall(text)}


def _holds(text: str, name: Sequence[str]) -> bool:
    """Whether a run of words in a text is a name, and no part of a longer one."""
    return any(
        _alike(run[start:end], wanted) and not _goes_on(run, start, end)
        for wanted in _variants(name)
        for run in _runs(text)
        for start in range(len(run))
        for end in {start + 1, start + len(wanted)}
        if end <= len(run)
    )


def _goes_on(run: Sequence[str], start: int, end: int) -> bool:
    """Whether the name is part of a longer one: Nature in Nature Communications."""
    around = [word for word in (*run[max(0, start - 1) : start], *run[end : end + 1]) if word.lower() not in _LEFT_OUT]
    return any(word[0].isupper() for word in around)


def _runs(text: str) -> Iterator[list[str]]:
    """The words of a text that follow each other without a figure or a sign between, without the small ones."""
    for run in _RUN.findall(text):
        if words := [word for word in _WORD.findall(run) if word.lower() not in _SMALL]:
            yield words


def _variants(name: Sequence[str]) -> Iterator[Sequence[str]]:
    """The name, and what is left of it without the words that may be left out before it."""
    for start in range(len(name)):
        yield name[start:]
        if name[start].lower() not in _LEFT_OUT:
            return


def _alike(words: Sequence[str], name: Sequence[str]) -> bool:
    """Whether the words are the name, each perhaps abbreviated, or one of the two is the other's acronym."""
    if len(words) == len(name) and all(map(_abbreviates, words, name)):
        return True
    return any(_is_acronym(short, long) for short, long in ((words, name), (name, words)))


def _is_acronym(short: Sequence[str], long: Sequence[str]) -> bool:
    letters = short[0].replace("-", "") if len(short) == 1 else ""
    return len(letters) >= _SHORTEST_ACRONYM and letters == "".join(word[0] for word in long).upper()


def _abbreviates(one: str, other: str) -> bool:
    """Whether two words are the same, or one has the first letter and more letters of the other in their order. An acronym
    is no abbreviation of a longer one.
    """
    short, long = sorted((one.casefold(), other.casefold()), key=len)
    if short == long or (len(short) > 1 and one.isupper() and other.isupper()):
        return short == long
    rest = iter(long)
    return short[0] == long[0] and all(letter in rest for letter in short)
