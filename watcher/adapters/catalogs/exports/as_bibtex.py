"""Exports the catalog as BibTeX, as Zotero and BibTeX itself read it.

If only the first author is known, the others become "and others". Titles are in double braces, which keeps their
capitals. The text is UTF-8; only characters with a meaning in TeX are escaped. Information without a field of its own
goes into `annote`, which bibliography styles do not print.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from watcher.adapters.catalogs.exports.references import Person, Reference, references
from watcher.adapters.catalogs.exports.source import ExportSource
from watcher.domain.text import visible

_ESCAPED = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", '"': "''",
}  # fmt: skip
_SPECIAL = re.compile("|".join(map(re.escape, _ESCAPED)))


def render(source: ExportSource) -> str:
    """The catalog as BibTeX: one entry for each paper, with a unique key of surname, year and a word of the title."""
    blocks = []
    for reference in references(source):
        fields = "".join(f"  {name} = {{{value}}},\n" for name, value in _fields(reference))
        blocks.append(f"@{'inproceedings' if reference.is_published else 'misc'}{{{reference.key},\n{fields}}}\n")
    return "\n".join(blocks)


def _fields(reference: Reference) -> Iterator[tuple[str, str]]:
    entry = reference.entry
    yield "title", f"{{{_tex(entry.title)}}}"
    if reference.authors:
        yield "author", " and ".join([*map(_name, reference.authors), *(["others"] if reference.others else [])])
    if reference.acronym:
        yield "shorttitle", _tex(reference.acronym)
    for name, part in zip(("year", "month", "day"), reference.date, strict=False):
        yield name, str(part)
    if entry.venue:
        yield ("booktitle" if reference.is_published else "howpublished"), _tex(entry.venue)
    yield from _place(reference)
    if reference.keywords:
        yield "keywords", _tex(", ".join(reference.keywords))
    if entry.summary:
        yield "abstract", _tex(entry.summary)
    if reference.annotations:
        yield "annote", _tex("; ".join(reference.annotations))


def _place(reference: Reference) -> Iterator[tuple[str, str]]:
    """The identifier and the address."""
    paper = reference.paper
    if paper and paper.source == "arxiv":
        yield "eprint", paper.native
        yield "archiveprefix", "arXiv"
    elif reference.doi:
        yield "doi", _tex(reference.doi)
    if reference.url:
        yield "url", reference.url


def _name(person: Person) -> str:
    """An author's name as `Family, Suffix, Given`; a name that must not be split is in braces."""
    if person.whole:
        return f"{{{_tex(person.family)}}}"
    return ", ".join(_tex(part) for part in (person.family, person.suffix, person.given) if part)


def _tex(text: str) -> str:
    """The text with TeX's special characters escaped."""
    return _SPECIAL.sub(lambda sign: _ESCAPED[sign[0]], visible(text))
