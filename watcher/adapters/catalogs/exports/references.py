"""Exports the catalog to reference managers: each entry as a bibliographic reference (names in parts, kind of
publication, identifiers), written as BibTeX, RIS or CSL-JSON.

The catalog names the first author only; all authors are known for papers that the database has. If only the first is
known, BibTeX has "and others" for the rest; RIS and CSL cannot say that there are any, so an annotation says it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from watcher.adapters.catalogs.exports.source import ExportSource, url_of
from watcher.adapters.catalogs.markdown_row import name_of
from watcher.domain.catalog.catalog import CatalogEntry
from watcher.domain.catalog.match import surnames
from watcher.domain.catalog.shape import Date, find_date
from watcher.domain.catalog.venue import is_pending, is_preprint
from watcher.domain.papers.paper import PaperId
from watcher.domain.text import has_japanese, title_words, visible
from watcher.words_ja.catalog import annotation

_OTHERS = re.compile(r"\s*(?:\bet\.?\s*al\b\.?|ほか|ら$|他).*", re.IGNORECASE)
_FIRST_WORD = re.compile(r"[a-z0-9]{3,}")
_SUFFIX = re.compile(r",?\s+(Jr\.?|Sr\.?|II|III|IV)$")
# Words before a family name that belong to it ("van den Oord"), as CSL and BibTeX have them.
_PARTICLES = frozenset({
    "af", "al", "ap", "bin", "da", "das", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "el", "ibn", "la",
    "le", "ter", "van", "von", "zu", "zur",
})  # fmt: skip
_ANNOTATED = ("task", "comment", "institution", "code", "project")  # fields that references have no place for
_TERMS = re.compile("[、，,;]")
_GROUP = re.compile(r"\b(?:Team|Collaboration|Consortium|Group|Project|Initiative|Lab|Labs|AI|Inc|and)\b|[（:]|\)$")


@dataclass(frozen=True, slots=True)
class Person:
    """An author's name in parts. A group, a single word or a Japanese name is not split: it has only a `family`, and is
    `whole`.
    """

    family: str
    given: str = ""
    suffix: str = ""
    whole: bool = False

    @classmethod
    def of(cls, name: str) -> Person:
        """Split a name with the given names first, such as `Aäron van den Oord` or `Ronald Summers, Jr.`, into its
        parts.
        """
        name = visible(name)
        suffix = found[1] if (found := _SUFFIX.search(name)) else ""
        bare = name[: found.start()] if found else name
        parts = bare.split()
        if len(parts) < 2 or has_japanese(name) or _GROUP.search(name) or "," in bare:
            return cls(name, whole=True)
        start = len(parts) - 1
        while start > 1 and parts[start - 1] in _PARTICLES:
            start -= 1
        return cls(" ".join(parts[start:]), " ".join(parts[:start]), suffix)


@dataclass(frozen=True, slots=True)
class Reference:
    """A paper of the catalog as a bibliographic reference.

    `key` is its citation key, unique in the catalog. `others` says that `authors` are not all of them. `paper` is the
    paper's id, None without one. `annotations` are lines with information for which the other fields have no room: the
    row's number, the attention, the notes beside the authors, and fields of the catalog's own.
    """

    key: str
    entry: CatalogEntry
    is_published: bool
    authors: tuple[Person, ...]
    others: bool
    url: str
    paper: PaperId | None
    annotations: tuple[str, ...]

    @property
    def doi(self) -> str:
        """The paper's DOI; "" if it has none. arXiv registers one for each of its papers
        (info.arxiv.org/help/doi.html).
        """
        if self.paper is None or self.paper.source == "link":
            return ""
        return f"10.48550/arXiv.{self.paper.native}" if self.paper.source == "arxiv" else self.paper.native

    @property
    def date(self) -> Date:
        """The date of the entry as year, month and day, as far as the catalog states them; () for none."""
        year = () if self.entry.year is None else (self.entry.year,)
        found = find_date(self.entry.fields.get("date", ""))
        return found.date if found is not None and found.date[:1] == (year or found.date[:1]) else year

    @property
    def acronym(self) -> str:
        """The short name of the method or resource that the paper presents, "" if the catalog has none."""
        return self.entry.fields.get("acronym", "")

    @property
    def keywords(self) -> tuple[str, ...]:
        """The keywords of the reference: the entry's categories, and the keywords that the catalog has in a field of
        its own.
        """
        own = (term.strip() for term in _TERMS.split(self.entry.fields.get("keywords", "")))
        return tuple(dict.fromkeys([*self.entry.categories, *filter(None, own)]))

    @property
    def number(self) -> str:
        """The paper's identifier with its source, such as `arXiv:2306.12672`; "" for a paper known only by its URL."""
        return name_of(self.paper) if self.paper and self.paper.source != "link" else ""


def _references(source: ExportSource) -> Iterator[Reference]:
    """Build a bibliographic reference for each entry of the catalog, in the order of the file."""
    taken: Counter[str] = Counter()
    for entry in source.reading.entries:
        people = next((source.authors[paper] for paper in entry.ids if source.authors.get(paper)), ())
        others = not people and bool(_OTHERS.search(entry.authors))
        named = tuple(map(Person.of, people)) or tuple(_stated(entry.authors))
        yield Reference(
            key=_key(entry, taken),
            entry=entry,
            is_published=_is_published(entry),
            authors=named,
            others=others,
            url=url_of(entry),
            paper=entry.ids[0] if entry.ids else None,
            annotations=tuple(_annotations(entry, others=others)),
        )


def _is_published(entry: CatalogEntry) -> bool:
    """Whether the entry has a venue that published it; a page of its own is none."""
    page = bool(entry.ids) and entry.ids[0].source == "link"
    return bool(entry.venue) and not page and not is_preprint(entry.venue) and not is_pending(entry.venue)


def _stated(authors: str) -> Iterator[Person]:
    """The people named in an authors' cell; in Latin letters these are surnames, sometimes with given names."""
    if not authors:
        return
    for name in surnames(authors):
        found = Person.of(name)
        yield Person(name) if found.whole and " " not in name else found
    if not surnames(authors):
        yield Person(_OTHERS.sub("", authors).strip() or authors, whole=True)


def _annotations(entry: CatalogEntry, *, others: bool) -> Iterator[str]:
    if entry.number is not None:
        yield annotation("number", str(entry.number))
    if others:  # RIS and CSL have no sign for "and others", so the first author would stand there as the only one
        yield annotation("authors", entry.authors)
    if entry.attention:
        yield annotation("attention", entry.attention)
    yield from (note for note in entry.notes if note not in map(name_of, entry.ids))
    yield from (annotation(name, entry.fields[name]) for name in _ANNOTATED if entry.fields.get(name))


def _key(entry: CatalogEntry, taken: Counter[str]) -> str:
    """A key of surname, year and a word of the title that no earlier entry has."""
    first = next(iter(surnames(entry.authors)), "")
    name = "".join(re.findall("[a-z]+", " ".join(title_words(first.split()[-1] if first else ""))))
    title = next((word for word in title_words(entry.title) if _FIRST_WORD.fullmatch(word)), "paper")
    key = f"{name or 'anon'}{entry.year or ''}{title}"
    taken[key] += 1
    return key if taken[key] == 1 else f"{key}-{taken[key]}"


_ESCAPED = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", '"': "''",
}  # fmt: skip
_SPECIAL = re.compile("|".join(map(re.escape, _ESCAPED)))


def bibtex(source: ExportSource) -> str:
    """The catalog as BibTeX: one entry for each paper, with a unique key of surname, year and a word of the title."""
    blocks = []
    for reference in _references(source):
        fields = "".join(f"  {name} = {{{value}}},\n" for name, value in _bibtex_fields(reference))
        blocks.append(f"@{'inproceedings' if reference.is_published else 'misc'}{{{reference.key},\n{fields}}}\n")
    return "\n".join(blocks)


def _bibtex_fields(reference: Reference) -> Iterator[tuple[str, str]]:
    entry = reference.entry
    yield "title", f"{{{_tex(entry.title)}}}"
    if reference.authors:
        yield "author", " and ".join([*map(_bibtex_name, reference.authors), *(["others"] if reference.others else [])])
    if reference.acronym:
        yield "shorttitle", _tex(reference.acronym)
    for name, part in zip(("year", "month", "day"), reference.date, strict=False):
        yield name, str(part)
    if entry.venue:
        yield ("booktitle" if reference.is_published else "howpublished"), _tex(entry.venue)
    yield from _bibtex_place(reference)
    if reference.keywords:
        yield "keywords", _tex(", ".join(reference.keywords))
    if entry.summary:
        yield "abstract", _tex(entry.summary)
    if reference.annotations:
        yield "annote", _tex("; ".join(reference.annotations))


def _bibtex_place(reference: Reference) -> Iterator[tuple[str, str]]:
    """The identifier and the address."""
    paper = reference.paper
    if paper and paper.source == "arxiv":
        yield "eprint", paper.native
        yield "archiveprefix", "arXiv"
    elif reference.doi:
        yield "doi", _tex(reference.doi)
    if reference.url:
        yield "url", reference.url


def _bibtex_name(person: Person) -> str:
    """An author's name as `Family, Suffix, Given`; a name that must not be split is in braces."""
    if person.whole:
        return f"{{{_tex(person.family)}}}"
    return ", ".join(_tex(part) for part in (person.family, person.suffix, person.given) if part)


def _tex(text: str) -> str:
    """The text with TeX's special characters escaped."""
    return _SPECIAL.sub(lambda sign: _ESCAPED[sign[0]], visible(text))


def ris(source: ExportSource) -> str:
    """The catalog as RIS: one record for each paper, with the line ends that the specification asks for."""
    return "\r\n".join(_ris_record(reference) for reference in _references(source))


def _ris_record(reference: Reference) -> str:
    """The lines of a record, each with its line end; a value is always on one line."""
    lines = [f"{tag}  - {text}" for tag, value in _ris_fields(reference) if (text := visible(value))]
    return "".join(f"{line}\r\n" for line in (*lines, "ER  - "))


def _ris_fields(reference: Reference) -> Iterator[tuple[str, str]]:
    entry = reference.entry
    yield "TY", "CPAPER" if reference.is_published else "UNPB"
    yield "ID", reference.key
    yield "TI", entry.title
    for person in reference.authors:
        yield "AU", _ris_name(person)
    yield "ST", reference.acronym
    yield "PY", str(reference.date[0]) if reference.date else ""
    yield "DA", "/".join(f"{part:02}" for part in reference.date) if len(reference.date) > 1 else ""
    yield "T2", entry.venue
    yield "DO", reference.doi
    yield "AN", reference.number
    yield "UR", reference.url
    for keyword in reference.keywords:
        yield "KW", keyword
    yield "AB", entry.summary
    for line in reference.annotations:
        yield "N1", line


def _ris_name(person: Person) -> str:
    """An author's name as `Family, Given, Suffix`."""
    return ", ".join(part for part in (person.family, person.given, person.suffix) if part)


def csl_json(source: ExportSource) -> str:
    """The catalog as a JSON array of CSL items, one for each paper."""
    return json.dumps(list(map(_csl_item, _references(source))), ensure_ascii=False, indent=2) + "\n"


def _csl_item(reference: Reference) -> dict[str, Any]:
    entry = reference.entry
    item: dict[str, Any] = {
        "id": reference.key,
        "type": "paper-conference" if reference.is_published else "article",
        "title": visible(entry.title),
        "title-short": visible(reference.acronym),
        "author": list(map(_csl_name, reference.authors)),
        "issued": {"date-parts": [list(reference.date)]} if reference.date else None,
        "container-title" if reference.is_published else "publisher": visible(entry.venue),
        "number": reference.number,
        "DOI": reference.doi,
        "URL": reference.url,
        "keyword": visible(", ".join(reference.keywords)),
        "abstract": visible(entry.summary),
        "annote": "\n".join(map(visible, reference.annotations)),
    }
    return {name: value for name, value in item.items() if value}


def _csl_name(person: Person) -> dict[str, str]:
    if person.whole:
        return {"literal": visible(person.family)}
    parts = {"family": person.family, "given": person.given, "suffix": person.suffix}
    return {name: visible(part) for name, part in parts.items() if part}
