"""Finds the ids of the papers that a Markdown text mentions, and of the one that an entry is about."""

from __future__ import annotations

import re

from watcher.adapters.catalogs.markdown_parts import entry_parts, links_of, url_of
from watcher.domain.papers.paper import BIORXIV_DOI, PaperId, arxiv_id

# arXiv ids as people write them: new ones (with a valid month) anywhere, old ones only after "arXiv:" or in a link.
_NAMED = re.compile(
    r"""(?:(?<=arxiv\.)|(?<![A-Za-z0-9.]))(?P<new>\d\d(?:0[1-9]|1[0-2])\.\d{4,6})(?:v\d+)?(?![A-Za-z0-9]|\.\d)
        |arxiv(?::\s*|\.org/(?:abs|pdf|html)/)(?P<old>[a-z-]+(?:\.[a-z]{2})?/\d{7})(?!\d)""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_DOI_LINK = re.compile(rf"https?://doi\.org/({BIORXIV_DOI.pattern})", re.ASCII | re.IGNORECASE)


def named_ids(text: str) -> frozenset[PaperId]:
    """The ids of every paper that a text mentions: arXiv ids without version, and links to DOIs."""
    linked = (PaperId("biorxiv", found[1].lower()) for found in _DOI_LINK.finditer(text))
    return frozenset(arxiv_id(found["new"] or found["old"])[0] for found in _NAMED.finditer(text)).union(linked)


def own_ids(text: str) -> frozenset[PaperId]:
    """The id of the paper that an entry in bullets is about: the one that its link names, else the first on its first
    line.
    """
    url = entry_parts(text).get("url")
    if url and (named := named_ids(text[slice(*url)])):
        return named
    head = text.split("\n", 1)[0]
    for link in links_of(head):
        if named := named_ids(url_of(head, link)):
            return named
    return named_ids(head) or (named_ids(text) if len(named_ids(text)) == 1 else frozenset())
