"""Identifies a paper, wherever it is announced, by a DOI, an arXiv id, or a normalized link.

A DOI that arXiv registered is the arXiv paper, one of bioRxiv's form is bioRxiv's, any other is a paper of the source
`doi`. A paper with neither DOI nor arXiv id has the source `link`, and its id is the address without `https://`.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from watcher.domain.errors import Misuse, UsageError
from watcher.domain.papers.paper import ARXIV_ID, Paper, PaperId, arxiv_id
from watcher.domain.text import letters_and_figures, without_accents

# https://www.doi.org/doi-handbook: any printable character may follow the slash; these are what publishers use.
DOI: Final = re.compile(r"10\.\d{4,9}/[0-9a-z._;()/:+~-]{1,100}", re.ASCII)
_DOI_IN_TEXT: Final = re.compile(
    r"(?:(?:\bdoi:\s*|\binfo:doi/|(?<![\w.-])(?:dx\.|www\.)?doi\.org/)|(?<![\w./]))"
    r"(10\.\d{4,9}(?:/|%2F)[^\s\"'<>\[\]{}|\\^`?#&]+)",
    re.IGNORECASE,
)
_ARXIV_DOI: Final = re.compile(rf"10\.48550/arxiv\.({ARXIV_ID.pattern})", re.IGNORECASE)
# 10.1101/123456 and 10.64898/2026.04.03.716344 are bioRxiv's; medRxiv's end in eight digits, journals' in none.
_BIORXIV: Final = re.compile(r"10\.(?:1101|64898)/(?:\d{4}\.\d{2}\.\d{2}\.)?\d{6}")
_PUBLISHED_COPY: Final = re.compile(r"(10\.(?:1101|64898)/[\d.]+\d)v[1-9]\d*(?:\.\w+)*$")  # a version, in a link
# Where each version has a DOI: ChemRxiv's first had none of its own until 2026, there and elsewhere it now ends in v1.
_CHEMRXIV_VERSION: Final = re.compile(r"(10\.26434/chemrxiv-[\w-]+?)[-/]v([1-9]\d{0,2})")
_NUMBERED: Final = re.compile(
    r"(10\.(?:26434/chemrxiv\.|20944/preprints|21203/rs\.|22541/au\.|36227/techrxiv\.)[\w.-]+?[./])v([1-9]\d{0,2})"
)
# Silverchair's addresses have a number and a title after the DOI: /article/doi/10.1039/D6CC04090J/1291899/Synthesis-of
_ARTICLE_NUMBER: Final = re.compile(r"(/[\w-]*article[\w-]*/doi/10\.\d{4,9}/[^?#]+?)/\d{5,9}(?:/[^/?#]*)?(?=[?#]|$)")
# Pages of others about a paper of arXiv, by its id.
_ABOUT_ARXIV: Final = re.compile(
    r"https?://(?:www\.)?(?:huggingface\.co/papers|alphaxiv\.org/(?:abs|pdf|overview)|ar5iv\.(?:labs\.arxiv\.)?org/(?:abs|html)"
    r"|scirate\.com/arxiv|papers\.cool/arxiv)/",
    re.IGNORECASE,
)
# Parameters that say where a reader came from, not what is read.
_TRACKING: Final = re.compile(
    r"(?:utm_\w+|at_\w+|ns_\w+|rss|fbclid|gclid|msclkid|mc_[ce]id|mkt_tok|_hs\w+|cmpid|af|ref_src|dgcid)(?:=.*)?|\w+=rss\b.*",
    re.IGNORECASE,
)
_BARE_HOSTS: Final = frozenset({"pubmed.ncbi.nlm.nih.gov"})  # whose parameters only track readers
# A fragment that names what is read: the page of a site that is one document, an entry of a list.
_PLACE: Final = re.compile(r"!?/.+|(?!comment)(?=.*\d.?\d)[\w.-]{3,60}", re.ASCII)
_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?", re.ASCII)
_LONGEST_LINK: Final = 110  # a key has room for 128 characters, its source included
_SAFE: Final = "/._+-"
_IN_FRAGMENT: Final = "!?=&"
_SHORTEST_TITLE: Final = 20  # letters and figures; shorter ones are those of several works ("Editorial")


def find_doi(text: str) -> str | None:
    """The first DOI in a text (`doi:10.1038/x`, a link to doi.org or a bare one), in lower case; None without one."""
    for found in _DOI_IN_TEXT.finditer(text):
        doi = _without_tail(unquote(found[1]).lower())
        if DOI.fullmatch(doi):
            return doi
    return None


def doi_in_link(url: str) -> str | None:
    """The DOI in the path of a publisher's address such as `https://www.science.org/doi/abs/10.1126/science.x`; None
    without one.
    """
    url = _ARTICLE_NUMBER.sub(r"\1", url)
    found = re.search(r"/(10\.\d{4,9}(?:/|%2[Ff])[^?#\s]+)", url)
    doi = _without_tail(unquote(found[1]).lower()) if found else ""
    doi = re.sub(r"/(?:full|abstract|pdf|html|epdf|meta|fulltext)$|\.(?:full|abstract|pdf|html|short)$", "", doi)
    copy = _PUBLISHED_COPY.fullmatch(doi)
    doi = copy[1] if copy else doi
    return doi if DOI.fullmatch(doi) else None


def _without_tail(doi: str) -> str:
    """A DOI without the punctuation of the sentence around it."""
    doi = doi.rstrip(".,;:")
    while doi.endswith(")") and doi.count(")") > doi.count("("):
        doi = doi[:-1].rstrip(".,;:")
    return doi


def version_of_doi(doi: str) -> int:
    """The version of a paper that its DOI states, as ChemRxiv's DOIs do; 1 for any other DOI."""
    found = _CHEMRXIV_VERSION.fullmatch(doi) or _NUMBERED.fullmatch(doi)
    return int(found[2]) if found else 1


def paper_of_doi(doi: str) -> PaperId:
    """The id of the paper that a DOI in lower case names, without version."""
    doi = f"{found[1]}v1" if (found := _NUMBERED.fullmatch(doi)) else doi
    doi = found[1] if (found := _CHEMRXIV_VERSION.fullmatch(doi)) else doi
    if arxiv := _ARXIV_DOI.fullmatch(doi):
        return arxiv_id(arxiv[1])[0]
    return PaperId("biorxiv" if _BIORXIV.fullmatch(doi) else "doi", doi)


def arxiv_named(text: str) -> tuple[PaperId, int | None] | None:
    """The paper of arXiv that an id in any form or the address of a page about it names, and the version or None."""
    try:
        return arxiv_id(_ABOUT_ARXIV.sub("", text.strip()))
    except UsageError:
        return None


def paper_of_link(url: str) -> PaperId | None:
    """The id of the paper that a URL names: arXiv's, one by DOI, or the normalized URL itself; None if it is no web
    address.
    """
    if arxiv := arxiv_named(url):
        return arxiv[0]
    if doi := find_doi(url) if "doi.org/" in url else None:
        return paper_of_doi(doi)
    native = _native_of(url)
    return PaperId("link", native) if native else None


def _native_of(url: str) -> str:
    """An address without scheme and what tracks readers, with a fragment only where it names what is read, and a hash in
    the place of its rest if it is long.
    """
    try:
        parts = urlsplit(url.strip())
        host = (parts.netloc.rpartition("@")[2]).lower().removesuffix(":443").removesuffix(":80")
    except ValueError:
        return ""
    if parts.scheme.lower() not in {"http", "https"} or not _HOST.fullmatch(host) or "@" in parts.netloc:
        return ""
    path = _quoted(parts.path).rstrip("/")
    pairs = [] if host in _BARE_HOSTS else parts.query.split("&")
    kept = [pair for pair in pairs if pair and not _TRACKING.fullmatch(pair)]
    native = host + path + (f"?{'&'.join(_quoted(pair, '=') for pair in kept)}" if kept else "")
    if _PLACE.fullmatch(parts.fragment):
        native += f"#{_quoted(parts.fragment, _IN_FRAGMENT)}"
    if len(native) <= _LONGEST_LINK:
        return native
    return f"{host[:80]}/…{sha256(native.encode()).hexdigest()[:16]}"


def _quoted(text: str, also: str = "") -> str:
    """The text percent-encoded where it could be markup: underscores that are not inside a word, tildes, brackets."""
    coded = "%2F".join(quote(unquote(part), safe=_SAFE + also) for part in re.split("%2[Ff]", text))
    return re.sub(r"(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])", "%5F", coded).replace("~", "%7E")


def address_of(paper: PaperId) -> str:
    """The web address (URL) of a paper, built from its id; "" if the id allows none."""
    if paper.source == "arxiv" and ARXIV_ID.fullmatch(paper.native):
        return f"https://arxiv.org/abs/{paper.native}"
    if paper.source in {"biorxiv", "doi"} and DOI.fullmatch(paper.native):
        return f"https://doi.org/{quote(paper.native, safe='/._-')}"
    if paper.source == "link" and paper.native.isascii() and _native_of(f"https://{paper.native}") == paper.native:
        return f"https://{paper.native}"
    return ""


def paper_id(text: str) -> PaperId:
    """Parse an id that a person typed: arXiv's in any form, a DOI, or an address. Raises UsageError."""
    text = text.strip()
    bare = re.sub(r"^(?:doi:\s*|https?://(?:dx\.)?doi\.org/)", "", text, flags=re.IGNORECASE)
    doi = unquote(bare).lower()
    if DOI.fullmatch(doi):
        return paper_of_doi(doi)
    try:
        return arxiv_id(text)[0]
    except Misuse:
        if re.match(r"https?://", text, re.IGNORECASE) and (paper := paper_of_link(text)):
            return paper
        raise


def own_doi(paper: Paper) -> str:
    """The DOI of a paper: its id if that is a DOI, else the one in its metadata unless arXiv registered it; "" for
    none.
    """
    if paper.id.source in {"biorxiv", "doi"}:
        return paper.id.native
    found = find_doi(paper.doi or "")
    return found if found and not _ARXIV_DOI.fullmatch(found) else ""


def likeness(paper: Paper) -> str:
    """A hash of title and first author's surname for finding duplicates: the same for papers that are probably one
    work. "" without an author or with a title too short to tell works apart.
    """
    title = letters_and_figures(paper.title)
    first = (
        without_accents(paper.authors[0].split()[-1].casefold()) if paper.authors and paper.authors[0].split() else ""
    )
    if len(title) < _SHORTEST_TITLE or not first:
        return ""
    return sha256(f"{title}\n{first}".encode()).hexdigest()[:32]
