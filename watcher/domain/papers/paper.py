"""Papers: their ids, announcements of their versions, codes for anomalies in their texts, and how a paper is recognized
by a DOI, an arXiv id or a normalized link.

A DOI that arXiv registered is the arXiv paper, one of bioRxiv's form is bioRxiv's, any other is a paper of the source
`doi`. A paper with neither DOI nor arXiv id has the source `link`, and its id is the address without `https://`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import SequenceMatcher
from enum import StrEnum
from hashlib import sha256
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from watcher.domain.errors import Misuse, UsageError
from watcher.domain.text import fold, letters_and_figures, without_accents

# Identifier forms: info.arxiv.org/help/arxiv_identifier; six digits after the dot are reserved for growth.
_NEW_ID = r"\d{4}\.\d{4,6}"
_OLD_ID = r"[a-z-]+(?:\.[A-Z]{2})?/\d{7}"  # until March 2007, e.g. math.GT/0309136
ARXIV_ID = re.compile(rf"(?P<id>{_NEW_ID}|{_OLD_ID})(?:v(?P<version>[1-9]\d*))?")
_ARXIV_WRAPPED = re.compile(
    r"^\s*(?:https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/|oai:arXiv\.org:|arxiv:)?"
    rf"{ARXIV_ID.pattern}(?:\.pdf)?/?(?:[?#]\S*)?\s*$",
    re.IGNORECASE,
)


class AnnounceType(StrEnum):
    """arXiv's announce types (new, cross, replace, replace-cross): why a feed lists a paper. One paper may have
    different types in the feeds of different categories.
    """

    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"
    REPLACE_CROSS = "replace-cross"

    @property
    def rank(self) -> int:
        """The order in which announce types override each other, from 0 (new) to 3 (replace-cross): a paper that
        several feeds announce gets the lowest.
        """
        return list(AnnounceType).index(self)

    @property
    def is_news(self) -> bool:
        """Whether a paper is announced for the first time (new or cross), rather than a later version of it."""
        return self in {AnnounceType.NEW, AnnounceType.CROSS}


@dataclass(frozen=True, slots=True, order=True)
class PaperId:
    """The id of a paper, without version: the name of its source and the source's own id."""

    source: str
    native: str

    def __str__(self) -> str:
        """The key of the paper in tables and logs, e.g. `arxiv:2306.12672`."""
        return f"{self.source}:{self.native}"

    @property
    def place(self) -> tuple[int, int] | None:
        """The sortable position (YYMM, number) of an arXiv id in the order of announcement; None for other sources and
        ids before 2007.

        arXiv gives ids when it announces papers, counting through the month (info.arxiv.org/help/arxiv_identifier).
        """
        match = re.fullmatch(r"(\d{4})\.(\d{4,6})", self.native) if self.source == "arxiv" else None
        return (int(match[1]), int(match[2])) if match else None

    @classmethod
    def from_key(cls, key: str) -> PaperId:
        """Parse a paper's key such as `arxiv:2306.12672`, as written by `str()`. Raises UsageError if it names no
        source.
        """
        source, colon, native = key.partition(":")
        if not (source and colon and native):
            raise UsageError(f"not a paper key: {key!r}", remedy="use SOURCE:ID, e.g. arxiv:2306.12672")
        return cls(source, native)


def arxiv_id(text: str) -> tuple[PaperId, int | None]:
    """Parse an arXiv id, `arXiv:` id, OAI identifier or abs/pdf URL into the id without version, and the version or
    None.

    Old ids lose their subject class (math.GT/0309136 is math/0309136). Raises UsageError for anything else.
    """
    match = _ARXIV_WRAPPED.match(text)
    if match is None:
        raise Misuse(f"not an arXiv id or URL: {text[:80]!r}", remedy="use e.g. 2306.12672")
    native = match["id"]
    if "/" in native:
        archive, _, number = native.partition("/")
        native = f"{archive.partition('.')[0].lower()}/{number}"
    version = int(match["version"]) if match["version"] else None
    return PaperId("arxiv", native), version


@dataclass(frozen=True, slots=True)
class Paper:
    """One version of a paper.

    `title_raw`, `abstract_raw` and `authors_raw` are the source's own characters, with TeX; `title`, `abstract` and
    `authors` are the same text for people (accents as Unicode, single spaces). `published` is the day on which the
    first version was submitted.
    """

    id: PaperId
    version: int
    title_raw: str
    abstract_raw: str
    authors_raw: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    url: str
    published: date | None = None
    doi: str | None = None
    journal_ref: str | None = None
    comment: str | None = None
    license: str | None = None

    @property
    def year(self) -> int:
        """The year of the first version: from `published`, else from the arXiv id."""
        if self.published is not None:
            return self.published.year
        digits = re.search(r"(?:^|/)(\d{2})\d{2}", self.id.native)
        if digits is None:
            raise UsageError("no date and no year in the identifier", about=str(self.id))
        two = int(digits[1])
        return 1900 + two if two >= 91 else 2000 + two  # arXiv began in 1991

    @property
    def first_month(self) -> tuple[int, int] | None:
        """Year and month of the first announcement, from a new-style arXiv id (YYMM.number); else None."""
        match = re.match(r"(\d{2})(0[1-9]|1[0-2])\.", self.id.native)
        return (2000 + int(match[1]), int(match[2])) if match else None


@dataclass(frozen=True, slots=True)
class Announcement:
    """The fact that a source announced a version of a paper.

    `announced_on` is the feed's own date (US Eastern), None if it has none. `anomalies` are the codes of what is
    unusual about the text (see `domain.hostile.anomalies`).
    """

    paper: Paper
    announce_type: AnnounceType
    feed: str
    announced_on: date | None = None
    anomalies: tuple[str, ...] = field(default=())


# Authors may replace a paper by another one under the same id (info.arxiv.org/help/versions).
_ALIKE = 0.6  # ratio of matching characters


def same_work(before: str, after: str) -> bool:
    """Whether the titles of two versions of a paper are similar enough to be of the same work, ignoring case and white
    space.
    """
    return SequenceMatcher(None, fold(before).lower(), fold(after).lower(), autojunk=False).ratio() >= _ALIKE


def merge(announcements: Iterable[Announcement]) -> list[Announcement]:
    """Merge announcements of several feeds: one for each (paper, version), in the order of first occurrence, with all
    categories and the stronger announce_type.

    arXiv's announce_type depends on the category asked for: a paper that is `cross` in one feed may be `new` in
    another. If both are equal, the first announcement is kept.
    """
    merged: dict[tuple[PaperId, int], Announcement] = {}
    for second in announcements:
        first = merged.setdefault((second.paper.id, second.paper.version), second)
        if first is second:
            continue
        strong, weak = (second, first) if second.announce_type.rank < first.announce_type.rank else (first, second)
        categories = tuple(dict.fromkeys(first.paper.categories + second.paper.categories))
        merged[second.paper.id, second.paper.version] = replace(
            strong,
            paper=replace(strong.paper, categories=categories),
            announced_on=strong.announced_on or weak.announced_on,
            anomalies=tuple(dict.fromkeys(strong.anomalies + weak.anomalies)),
        )
    return list(merged.values())


_IDS = re.sub(r"\?P<\w+>", "?:", ARXIV_ID.pattern)
_NAMED = re.compile(
    rf"(?:https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/|\barxiv:\s?|10\.48550/arxiv\.)({_IDS})"
    rf"|(?<![\w./-])(\d{{4}}\.\d{{4,6}}(?:v[1-9]\d*)?)(?![\w-]|\.\d)",
    re.IGNORECASE,
)


def papers_named(text: str) -> tuple[PaperId, ...]:
    """The ids of the papers that a text mentions by link, `arXiv:` id, DOI or bare new-style id, in order, without
    repetition.
    """
    found = (match[1] or match[2] for match in _NAMED.finditer(text))
    return tuple(dict.fromkeys(arxiv_id(identifier)[0] for identifier in found))


WITHDRAWN: Final = "withdrawn"
"""The code of a withdrawn paper, set by the source that reports it and never detected in a text."""

_ALIKE_TO: Final = "alike "


def alike_code(paper: str) -> str:
    """The anomaly code for a possible duplicate: "alike" and the key of the other paper (`paper`) that may be the same
    work.
    """
    return f"{_ALIKE_TO}{paper}"


def alike_paper(code: str) -> str:
    """The key of the other paper in an anomaly code made by `alike_code`; "" for any other code."""
    return code.removeprefix(_ALIKE_TO) if code.startswith(_ALIKE_TO) else ""


INJECTION_CODES: Final = ("orders", "roles", "answer_form", "encoded", "hidden_tex", "live_markup")
"""The codes of possible prompt injection, in the order in which they are returned."""

LETTER_CODES: Final = ("other_script", "mixed_scripts", "styled_letters")
"""The codes of letters that an English text has no use for, in the order in which they are returned."""

_SUSPICIOUS: Final = frozenset({"invisible", *INJECTION_CODES, *LETTER_CODES})
"""Codes of possible prompt injection or hidden text. Such a paper is sent to the model in a request of its own, so that
its text cannot influence the scores of other papers.
"""


def is_suspicious(codes: Iterable[str]) -> bool:
    """Whether any of these anomaly codes means possible prompt injection or hidden text."""
    return not _SUSPICIOUS.isdisjoint(codes)


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
