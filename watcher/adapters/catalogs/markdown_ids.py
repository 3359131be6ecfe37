"""Finds the ids of papers (arXiv, DOI, URL) that a Markdown text mentions."""

from __future__ import annotations

import re

from watcher.adapters.catalogs.markdown_parts import entry_parts, links_of, url_of
from watcher.domain.papers.paper import PaperId, arxiv_id, find_doi, paper_of_doi, paper_of_link

# arXiv ids as people write them: new ones (with a valid month) anywhere, old ones only after "arXiv:" or in a link.
_NAMED = re.compile(
    r"""(?:(?<=arxiv\.)|(?<![A-Za-z0-9.]))(?P<new>\d\d(?:0[1-9]|1[0-2])\.\d{4,6})(?:v\d+)?(?![A-Za-z0-9]|\.\d)
        |arxiv(?::\s*|\.org/(?:abs|pdf|html)/)(?P<old>[a-z-]+(?:\.[a-z]{2})?/\d{7})(?!\d)""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_DOI_LINK = re.compile(r"https?://(?:dx\.)?doi\.org/10\.[^\s|)\]<>\"']+", re.ASCII | re.IGNORECASE)
_OTHER_DOI = re.compile(
    r"(?<![\w.])10\.(?!48550/arxiv)\d{4,9}/[^\s|)\]<>\"']+", re.ASCII | re.IGNORECASE
)  # may look like an id
_ADDRESS_LINK = re.compile(r"\[([^\s\[\]|]+)\]\(https://([^\s()|]+)\)")  # the address is also the link's text


def named_ids(text: str) -> frozenset[PaperId]:
    """The ids of all papers that a text mentions: arXiv ids without version, links to DOIs, and links whose text is
    their URL (by which the catalog names papers without any other id).
    """
    found = {arxiv_id(named["new"] or named["old"])[0] for named in _NAMED.finditer(_OTHER_DOI.sub(" ", text))}
    found |= {paper_of_doi(doi) for link in _DOI_LINK.finditer(text) if (doi := find_doi(link[0]))}
    for link in _ADDRESS_LINK.finditer(text):
        paper = paper_of_link(f"https://{link[2]}") if link[1] == link[2] else None
        if paper is not None and paper == PaperId("link", link[2]):
            found.add(paper)
    return frozenset(found)


def own_ids(text: str) -> frozenset[PaperId]:
    """The id of the paper that a bullet of a catalog is about: the one that its link names, else the first on its first
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
