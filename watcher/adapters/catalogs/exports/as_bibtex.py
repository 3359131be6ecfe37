"""Exports the catalog as BibTeX, as Zotero and BibTeX itself read it.

The catalog names only the first author, so the others become "and others". Titles are in double braces, which keeps
their capitals. The text is UTF-8; only characters with a meaning in TeX are escaped.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from watcher.adapters.catalogs.exports.source import ExportSource, url_of
from watcher.domain.catalog.catalog import CatalogEntry
from watcher.domain.catalog.check import is_pending, is_preprint
from watcher.domain.catalog.match import surnames, words
from watcher.domain.text import visible

_ESCAPED = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", '"': "''",
}  # fmt: skip
_SPECIAL = re.compile("|".join(map(re.escape, _ESCAPED)))
_OTHERS = re.compile(r"\s*(?:\bet\.?\s*al\b\.?|ほか|ら$|他).*", re.IGNORECASE)
_FIRST_WORD = re.compile(r"[a-z0-9]{3,}")


def render(source: ExportSource) -> str:
    """The catalog as BibTeX: one entry for each paper, with a unique key of surname, year and a word of the title."""
    taken: Counter[str] = Counter()
    blocks = []
    for entry in source.reading.entries:
        key = _key(entry, taken)
        fields = "".join(f"  {name} = {{{value}}},\n" for name, value in _fields(entry))
        blocks.append(f"@{'inproceedings' if _published(entry) else 'misc'}{{{key},\n{fields}}}\n")
    return "\n".join(blocks)


def _fields(entry: CatalogEntry) -> Iterator[tuple[str, str]]:
    yield "title", f"{{{_tex(entry.title)}}}"
    if entry.authors:
        yield "author", _authors(entry.authors)
    if entry.year is not None:
        yield "year", str(entry.year)
    if entry.venue:
        yield ("booktitle" if _published(entry) else "howpublished"), _tex(entry.venue)
    if entry.ids:
        if entry.ids[0].source == "arxiv":
            yield "eprint", entry.ids[0].native
            yield "archiveprefix", "arXiv"
        else:
            yield "doi", _tex(entry.ids[0].native)
        yield "url", url_of(entry)
    if entry.categories:
        yield "keywords", _tex(", ".join(entry.categories))
    if entry.summary:
        yield "abstract", _tex(entry.summary)


def _published(entry: CatalogEntry) -> bool:
    return bool(entry.venue) and not is_preprint(entry.venue) and not is_pending(entry.venue)


def _authors(authors: str) -> str:
    """The authors; a name that is no Latin surname is in braces, so that BibTeX does not split it."""
    people = [_tex(name) for name in surnames(authors)]
    if not people:
        people = [f"{{{_tex(_OTHERS.sub('', authors).strip() or authors)}}}"]
    return " and ".join([*people, "others"] if _OTHERS.search(authors) else people)


def _key(entry: CatalogEntry, taken: Counter[str]) -> str:
    """A key that no earlier entry has."""
    first = next(iter(surnames(entry.authors)), "")
    name = "".join(re.findall("[a-z]+", " ".join(words(first.split()[-1] if first else ""))))
    title = next((word for word in words(entry.title) if _FIRST_WORD.fullmatch(word)), "paper")
    key = f"{name or 'anon'}{entry.year or ''}{title}"
    taken[key] += 1
    return key if taken[key] == 1 else f"{key}-{taken[key]}"


def _tex(text: str) -> str:
    """The text with TeX's special characters escaped."""
    return _SPECIAL.sub(lambda sign: _ESCAPED[sign[0]], visible(text))
