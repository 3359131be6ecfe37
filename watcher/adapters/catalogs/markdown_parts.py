"""Finds the parts (title, link, authors, venue, date …) in the text of a catalog entry written as a bullet or paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from watcher.adapters.catalogs.markdown_text import named_ids
from watcher.domain.catalog.shape import field_of, find_date, folded
from watcher.domain.catalog.venue import is_preprint, series
from watcher.domain.papers.paper import PaperId
from watcher.domain.text import lazy_pattern

MARKER = lazy_pattern(r"(?P<indent>\s*)(?P<marker>[-*+・]|(?P<number>\d{1,6})[.)])(?P<space>\s+)(?:\[[ xX]\]\s+)?")
"""The marker of a list item, with the number of one in an ordered list."""
_INNER = r"(?:[^\[\]\\]|\\.|!?\[(?:[^\[\]\\]|\\.)*\](?:\([^()]*\))?)*"
_URL = r"<?(?P<{0}>(?:[^()\s<>]|\([^()\s]*\))*)>?(?:\s+\"[^\"]*\")?"
_NODE = lazy_pattern(
    rf"(?<!\\)(?:(?P<image>!\[[^\[\]]*\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"]*\")?\))"
    rf"|(?P<link>\[(?P<label>{_INNER})\]\({_URL.format('url')}\))"
    r"|(?P<code>`+)(?P<coded>.+?)(?P=code)"
    r"|(?P<anchor><a\s[^>]*href=\"(?P<href>[^\"]*)\"[^>]*>(?P<anchored>.*?)</a>)"
    r"|(?P<html><!--.*?-->|</?[A-Za-z][^>]*>)"
    r"|(?P<bare><?https?://[^\s<>()\]]+>?)"
    r"|(?P<strong>\*\*|__)(?=\S)(?P<bold>(?:[^*]|\*(?!\*))+?)(?P=strong)"
    r"|(?P<em>(?<![*\w])\*(?=[^\s*])|(?<![_\w])_(?=[^\s_]))(?P<leaning>[^*_]+?)(?P=em)(?!\w))",
    re.DOTALL,
)
# Of each kind the groups of what is shown and of the URL.
_KINDS = {
    "link": ("label", "url"), "code": ("coded", ""), "anchor": ("anchored", "href"), "strong": ("bold", ""), "em": ("leaning", ""),
    "image": ("image", ""), "html": ("html", ""), "bare": ("bare", "bare"),
}  # fmt: skip
_PAPER = frozenset({
    "paper", "pdf", "arxiv", "link", "abs", "abstract", "preprint", "article", "url", "doi", "openreview", "html", "arxiv paper",
    "paper link", "paper pdf", "journal", "acl", "ieee", "springer", "publication", "report", "論文", "原文", "リンク", "论文", "链接",
})  # fmt: skip
_HOSTS = lazy_pattern(
    r"(?:^|\.)(?:arxiv\.org|biorxiv\.org|medrxiv\.org|techrxiv\.org|doi\.org|openreview\.net|aclanthology\.org|aclweb\.org"
    r"|proceedings\.mlr\.press|(?:papers|proceedings)\.n(?:eur)?ips\.cc|openaccess\.thecvf\.com|ieee(?:xplore)?\.\w+|dl\.acm\.org|ecva\.net"
    r"|springer\.com|nature\.com|science\.org|sciencedirect\.com|semanticscholar\.org|ssrn\.com|jmlr\.org|aaai\.org"
    r"|ijcai\.org|isca-archive\.org|mdpi\.com|wiley\.com|pnas\.org|cell\.com|frontiersin\.org|alphaxiv\.org|hal\.science)$"
)
_LABEL_FIELDS = {"code": "code", "project": "project"}
_AUTHORS = lazy_pattern(r"(?:[^.;|]|(?<=\b[A-Z])\.)*?\bet al\b\.?|[^.;|]*(?:ら|他)$", re.IGNORECASE)
_NAMES = lazy_pattern(
    r"(?:[A-Z\u00C0-\u024F][\w'’.\-\u00C0-\u024F]*\s+(?:(?:van|von|de|der|den|da|di|la|le|bin)\s+)*){1,4}"
    r"[A-Z\u00C0-\u024F][\w'’\-]*(?:\s*\([^)]*\))?|[\u4e00-\u9fff々]{1,3}[ 　]?[\u4e00-\u9fff々ぁ-んァ-ヶ]{1,3}"
)
_VENUE = lazy_pattern(
    r"arxiv|preprint|proceedings|conference|workshop|journal|transactions|symposium|nature|science\b|pnas|technical report|blog|学会|研究会|論文誌|全国大会|学报|会议"
    r"|\b(?:NeurIPS|NIPS|ICML|ICLR|CVPR|ICCV|ECCV|ACL|EMNLP|NAACL|EACL|COLING|AAAI|IJCAI|ICRA|IROS|CoRL|RSS|KDD|WWW|SIGIR|CHI"
    r"|UIST|SIGGRAPH|TMLR|JMLR|TPAMI|TACL|INTERSPEECH|ICASSP|WACV|BMVC|COLM|AISTATS|UAI|COLT"
    r"|INFOCOM|ICDE|VLDB|SIGMOD|USENIX|NDSS|OSDI|MICCAI|ISCA|WSDM|CIKM|ACM MM)\b",
    re.IGNORECASE,
)
_TAG = lazy_pattern(
    r"\s*(?:[\u2600-\u27bf\u2b50\U0001f300-\U0001faff\ufe0f]+\s*)?\*{0,2}(?P<open>[\[(（【])(?P<in>[^\[\]()（）【】]{2,40})[\])）】]"
    r"\*{0,2}\s*[:：\-–—|]?\s*(?!\()"
)
_CODED_DATE = lazy_pattern(r"\s*`(?P<date>[^`\n]{4,12})`\s*[:：|,\-–—]?\s+")
_CITED = lazy_pattern(
    r"(?P<authors>[^\[\]\"“”*_`<>|]{2,400}?)"
    r"(?:[.,]?\s*(?:[(（](?P<year>(?:19|20)\d\d)[a-z]?[)）][.:,]?|\s(?P<bare>(?:19|20)\d\d)[a-z]?[.:,])\s+(?=\S)"
    r"|[,.:：]\s+(?=\*\*|[\"“「『]|\[(?!\[)))"
)
_CLOSING = lazy_pattern(r"[.。?!]?[*_\"”」』`]*(?:\]\((?:[^()\s]|\([^()\s]*\))*\))?[*_]*")
_BY_INITIALS = lazy_pattern(r"[\w'’-]+,? (?:[A-Z]\.|[A-Z]+[,\s(])")  # "Ha, D., & Schmidhuber, J. (2018)."
_LED_VENUE = lazy_pattern(r"\s*(?P<venue>[^\[\]*`\"“”,()|:]{3,40})[,:：|]\s+(?=\S)")
_YEAR_FIRST = lazy_pattern(r"[(（](?P<date>[^()（）]{4,18})[)）]\s*[,.:]?\s*")
_BY = lazy_pattern(r"^by\s+")
_PEOPLE = lazy_pattern(r"(?:by\s+)?(?P<names>\S.*?)(?:[,，]\s*(?P<date>[^,，]*(?:19|20)\d\d))?", re.DOTALL)
_SENTENCE = lazy_pattern(r"(?<=[^\s.][^\s.A-Z])[.。]\s+|[.。]\s+(?=[A-Z][a-z]+ [A-Z])|\s[|–—]\s|\s-\s")
_QUOTED = lazy_pattern(r"[\"“”「『](?P<in>[^\"“”「」『』]{6,})[.。]?[\"“”」』]")
_LED_BY = 4  # so many words before a title in bold are its short name
_EDGES = " \t\r\n.,;:：、。|–—-"
_WORD = lazy_pattern(r"[^\W_]+", re.UNICODE)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of inline Markdown: its kind (link, image, code, strong, em, html, bare URL or text) and its (start, end)
    positions in the text: of the whole, of the part that is shown (`inner`), and of the URL.
    """

    kind: str
    start: int
    end: int
    inner: Span
    url: Span | None = None


def nodes(text: str, start: int = 0, end: int | None = None) -> list[Node]:
    """Split a Markdown text (from `start` to `end`) into its inline pieces, without gaps."""
    end = len(text) if end is None else end
    found: list[Node] = []
    at = start
    while at < end:
        match = _NODE.search(text, at, end)
        if match is None:
            break
        if match.start() > at:
            found.append(Node("text", at, match.start(), (at, match.start())))
        at = match.end()
        kind = next(kind for kind in _KINDS if match[kind] is not None)
        inner, url = _KINDS[kind]
        name, address = "link" if kind == "anchor" else kind, match.span(url) if url else None
        found.append(Node(name, *match.span(), match.span(inner), address))
    return [*found, Node("text", at, end, (at, end))] if at < end else found


def links_of(text: str, start: int = 0, end: int | None = None) -> Iterator[Node]:
    """Find all links in a Markdown text, also those in bold or italics."""
    for node in nodes(text, start, end):
        if node.kind in {"link", "bare"}:
            yield node
        elif node.kind in {"strong", "em"}:
            yield from links_of(text, *node.inner)


def url_of(text: str, link: Node) -> str:
    """The URL of a link in a Markdown text."""
    return text[slice(*link.url)].strip("<>") if link.url else ""


def link_kind(text: str, link: Node) -> str:
    """What a link in a Markdown text points to: "url" (the paper), "code", "project", or "" for anything else."""
    address = url_of(text, link)
    if not re.match(r"https?://|www\.", address):
        return ""
    label = _label(text, link)
    if label in _PAPER or (label and label.split()[0] in _PAPER):
        return "url"
    if (field := _LABEL_FIELDS.get(field_of(label), "")) and len(label.split()) <= 3:
        return field
    try:
        host, path = (urlsplit(address).hostname or "").lower(), urlsplit(address).path.lower()
    except ValueError:  # "https://[x"
        return ""
    if _HOSTS.search(host) or path.endswith(".pdf"):
        return "url"
    return "code" if host in {"github.com", "gitlab.com"} else ""


def is_label(text: str, link: Node) -> bool:
    """Whether the text of a link is a badge or a word such as "code" that says what it points to, and not a title."""
    badge = any(one.kind == "image" for one in nodes(text, *link.inner))
    return (
        badge
        or re.sub(r"[\W\d_]+", " ", _label(text, link)).strip() in _PAPER
        or (link_kind(text, link) in {"code", "project"} and _words(text, link.inner) < 3)
    )


def _label(text: str, link: Node) -> str:
    """The label of a link: its text, or that of the badge in it."""
    shown = re.sub(r"!\[([^\]]*)\]\([^)]*\)", r"\1", text[slice(*link.inner)])
    return folded(shown).strip("[](){} :.") if link.kind == "link" else ""


@lru_cache(maxsize=16_384)
def is_paper(text: str) -> bool:
    """Whether the text of a list item is about a paper: it links to one, or is a reference that ends with its year."""
    if any(link_kind(text, link) == "url" for link in links_of(text)):
        return True
    shown = text.rstrip(" \r\n.)]*_`")
    return bool(re.search(r"(?:19|20)\d\d$", shown)) and len(_WORD.findall(shown)) >= 5 and not shown.endswith("](")


def parts(text: str) -> dict[str, Span]:
    """Find the parts of a list item about a paper, as (start, end) positions by name: title, and if it has them url,
    date, year, authors, venue, code, project.
    """
    marker = MARKER.match(text)
    start = marker.end() if marker else 0
    found: dict[str, Span] = {}
    for link in links_of(text, start):
        if (kind := link_kind(text, link)) and link.url:
            found.setdefault(kind, link.url)
    start = _cited(text, _leading(text, start, found), found)
    title = _title(text, start)
    if title is None:
        return found
    found["title"] = title
    if "url" not in found:  # a title's own link is the paper's, whoever has it
        own = [link.url for link in links_of(text, start) if link.url and link.inner[0] <= title[0] < link.inner[1]]
        found.update(zip(["url"], own, strict=False))
    ended = _CLOSING.match(text, title[1])
    _rest(text, ended.end() if ended else title[1], found)
    if not found.keys() & {"date", "year"}:
        _date_in_label(text, found)
    return found


def _date_in_label(text: str, found: dict[str, Span]) -> None:
    """Take the date that the text of the paper's link tells: "[[arXiv, 2017.03]](…)"."""
    for link in links_of(text):
        inner = text[slice(*link.inner)]
        if link.kind == "link" and is_label(text, link) and link_kind(text, link) == "url" and "](" not in inner:
            _dated(inner, link.inner[0], found)


def names_venue(heading: str) -> bool:
    """Whether a heading consists of the name of a conference or journal."""
    return bool(_VENUE.match(heading) or series(heading)) and len(_WORD.findall(heading)) < _LED_BY


def _leading(text: str, start: int, found: dict[str, Span]) -> int:
    """Take what stands before the title: "[2023/02]", "(ICLR 2024)", "2024.05:". Gives where the title begins."""
    while tag := _TAG.match(text, start):
        inner = text[slice(*tag.span("in"))]
        date = find_date(inner)
        if date is not None and not re.search(r"[A-Za-z]{2}", _without_date(inner)):
            _dated(inner, tag.start("in"), found)
        elif series(inner) or _VENUE.search(inner) or (date is not None and _words(inner, (0, len(inner))) < 7):
            found.setdefault("venue", tag.span("in"))
        else:
            return start
        start = tag.end()
    coded = _CODED_DATE.match(text, start)
    if coded and _only_date(coded["date"]) and _dated(coded["date"], coded.start("date"), found):
        return coded.end()
    bare = re.match(
        r"\s*(?P<date>(?:19|20)\d\d[-/.年]\d{1,2}(?:[-/.月]\d{1,2})?日?|(?:19|20)\d\d)\s*[:：|,\-–—]?\s+", text[start:]
    )
    if bare and (_dated(bare["date"], start + bare.start("date"), found)):
        start += bare.end()
    return start


def _cited(text: str, start: int, found: dict[str, Span]) -> int:
    """Take the authors, or the venue, that stand before the title: "Ada Lovelace and Alan Turing. 2019. Title", "ICLR 2024,
    Title". Gives where the title begins.
    """
    led = _LED_VENUE.match(text, start)
    if led and names_venue(led["venue"]) and "venue" not in found:
        found["venue"] = led.span("venue")
        return led.end()
    cited = _CITED.match(text, start)
    if cited is None:
        return start
    dated, following = cited["year"] or cited["bare"], nodes(text, cited.end())[0]
    if not dated and following.kind == "link" and is_label(text, following):
        return start  # "Federated Graph Learning, [arXiv](…)"
    initials = dated and _BY_INITIALS.match(cited["authors"].lstrip())
    if not initials and not _is_names(cited["authors"], every=True):
        return start
    a, z = _trimmed(text, *cited.span("authors")) or cited.span("authors")
    found["authors"] = (a, z + (text[z : z + 1] == "." and text[a:z].endswith("et al")))
    if dated:
        found.setdefault("year", cited.span("year" if cited["year"] else "bare"))
    return cited.end()


def _dated(text: str, offset: int, found: dict[str, Span]) -> bool:
    date = find_date(text)
    if date is not None:
        found.setdefault("date" if len(date.date) > 1 else "year", (offset + date.start, offset + date.end))
    return date is not None


def _title(text: str, start: int) -> Span | None:
    """The bounds of the title without the quotes around it: the first link's text, else what is bold or quoted, else the
    text before any markup.
    """
    pieces, span = nodes(text, start), None
    for node in pieces:
        if node.kind in {"link", "strong", "em"}:
            span = span or _marked_title(text, node, pieces)
        elif node.kind == "text":
            span = span or _plain_title(text, node, pieces)
    if span is None:
        bold = next((node for node in pieces if node.kind == "strong" and _words(text, node.inner)), None)
        span = _trimmed(text, *bold.inner) if bold else None
    quoted = _QUOTED.fullmatch(text, *span) if span else None
    return _trimmed(text, *quoted.span("in"), "") if quoted else span


def _marked_title(text: str, node: Node, pieces: Sequence[Node]) -> Span | None:
    """The bounds of a title in bold or italics, or that of a link in them; None if they hold none."""
    if node.kind == "link":
        return _linked_title(text, node, pieces)
    a, z = node.inner
    inside = nodes(text, a, z)
    link = next((one for one in inside if one.kind == "link"), None)
    if link is not None:
        return _linked_title(text, link, ())
    if all(one.kind == "code" or not _words(text, one.inner) for one in inside):
        return None  # **`ICLR 2024`**
    following = text[z : z + 6].lstrip("*_])").lstrip()[:1]
    after = next((one for one in pieces if one.start >= node.end), None)
    if following in {":", "："} and after is not None and _words(text, after.inner) > 1:
        if quoted := re.compile(r"[*_:：\s]*(?=[\"“「『])").match(text, z):  # **REM**: "Improving …"
            return _plain_title(text, Node("text", quoted.end(), after.end, (quoted.end(), after.end)), pieces)
        return _trimmed(text, node.start, _text_end(text, node.start, pieces), "")
    short = text[z - 1] not in ".?!" and following not in {"", "*", "_", "[", "(", "`", "<", "!"}
    return _trimmed(text, a, z) if _words(text, (a, z)) > 1 + short else None


def _linked_title(text: str, link: Node, pieces: Sequence[Node]) -> Span | None:
    """The bounds of a title that is the text of a link; None if the text is a badge, a label or a venue."""
    a, z = link.inner
    inside = nodes(text, a, z)
    if any(one.kind in {"image", "link"} for one in inside) or _label(text, link) in _PAPER:
        return None
    if re.fullmatch(r"(?:arxiv:\s*)?\d{4}\.\d{4,5}(?:v\d+)?", text[a:z], re.IGNORECASE):
        return None
    if len(inside) == 1 and inside[0].kind in {"strong", "em", "code"}:
        a, z = inside[0].inner
    told, later = _words(text, (a, z)), [one for one in pieces if one.start >= link.end]
    after = sum(_words(text, one.inner) for one in later if one.kind in {"text", "strong", "em"})
    venue = told < 6 and after > 2 and (series(text[a:z]) or _VENUE.match(text[a:z]))  # [EMNLP 2024 findings](…) Title
    named = told > 2 or (told > 0 and link_kind(text, link) != "code" and not field_of(text[a:z]))
    return _trimmed(text, a, z) if named and not venue else None


def _plain_title(text: str, node: Node, pieces: Sequence[Node]) -> Span | None:
    a, z = node.start, _text_end(text, node.start, pieces)
    bold = next((one for one in pieces if one.start == node.end and one.kind == "strong"), None)
    if bold and _words(text, bold.inner) > 2 and 0 < _words(text, node.inner) < _LED_BY and _ends_at(text, bold.end):
        return None  # - ViNT **ViNT: A Foundation Model**, 2023
    quoted = re.compile(r"[^\"“「『]*[\"“「『](.{6,}?)[\"”」』]").match(text, a, node.end)
    if quoted and (quoted.start(1) - a < 4 or _is_names(text[a : quoted.start(1) - 1])):
        return _trimmed(text, *quoted.span(1))
    cited = re.compile(r"[^\"]*?\(((?:19|20)\d\d)\)[.,]\s+").match(text, a, z)
    if cited and _BY_INITIALS.match(text[a : cited.start(1)].lstrip(_EDGES)):
        a = cited.end()
    begins = a + len(text[a:z]) - len(text[a:z].lstrip(_EDGES + "]\\"))
    if acronym := re.compile(r"\[[^\[\]()]{2,40}\]\s+").match(text, begins, z):  # "[**REM**] Improving …"
        begins = acronym.end()
    return _trimmed(text, begins, _plain_end(text, begins, z)) if _words(text, (begins, z)) > 1 else None


def _plain_end(text: str, begins: int, z: int) -> int:
    """Where a title without markup ends: before the sentence or comma after which venue, date or authors stand."""
    for cut in _SENTENCE.finditer(text, begins, z):
        rest = text[cut.end() : z]
        if _words(text, (begins, cut.start())) > 1 and (_VENUE.search(rest) or _is_names(rest)):
            return cut.start()
    for comma in reversed(list(re.compile(r"[,，(（]\s*").finditer(text, begins, z))):  # "Title, arXiv (21 May 2024)."
        rest = text[comma.end() : z]
        if _words(text, (begins, comma.start())) > 1 and (_VENUE.match(rest) or series(rest) or _only_date(rest)):
            z = comma.start()
    for comma in re.compile(r"[,，]\s*").finditer(text, begins, z):  # "Title, Ada Lovelace, Alan Turing"
        rest = text[comma.end() : z]
        if _words(text, (begins, comma.start())) > 1 and "," in rest and _is_names(rest, every=True):
            return comma.start()
    return z


def _only_date(text: str) -> bool:
    date = find_date(text)
    return date is not None and len(text[: date.start].strip(_EDGES + "(")) < 8


def _ends_at(text: str, at: int) -> bool:
    """Whether what stands before a place is a piece by itself, since no word follows it."""
    following = text[at : at + 6].lstrip()[:1]
    return not following or following in ",.;:|([<`!-–—*"


def _text_end(text: str, start: int, pieces: Sequence[Node]) -> int:
    """Where the run of text ends that begins at `start`: at the first link, code, image or tag, or bold venue."""
    for node in pieces:
        if node.start < start:
            continue
        if node.kind in {"link", "image", "code", "html", "bare"}:
            return node.start
        if node.kind in {"strong", "em"} and node.start > start:
            inner = text[slice(*node.inner)]
            if "`" in inner or _VENUE.search(inner) or "et al" in inner or _words(text, (start, node.start)) > 2:
                return node.start
    return len(text)


def _trimmed(text: str, a: int, z: int, marks: str = "*_") -> Span | None:
    """The bounds without blanks, the marks of bold and italics, and final signs."""
    while a < z and text[a] in " \t\r\n" + marks:
        a += 1
    while z > a and text[z - 1] in _EDGES + "([（【" + marks and text[z - 2 : z - 1] != "\\":
        z -= 1
    return (a, z) if z > a else None


def _words(text: str, span: Span) -> int:
    """How many words a part of a text has; two ideographs or kana count as one."""
    shown = text[slice(*span)]
    wide = len(re.findall(r"[\u3040-\u30ff\u4e00-\u9fff]", shown))
    return len(_WORD.findall(re.sub(r"[\u3040-\u30ff\u4e00-\u9fff]", " ", shown))) + wide // 2


def _is_names(text: str, *, every: bool = False) -> bool:
    """Whether a text is a list of people: most of its parts are names, or every one."""
    if _AUTHORS.fullmatch(text.strip(_EDGES[:-2] + "*_")) if every else _AUTHORS.match(text):
        return True
    names = [name.strip() for name in re.split(r",|\band\b|&|、", text.strip(_EDGES)) if name.strip()]
    told = sum(_NAMES.fullmatch(name) is not None for name in names)
    return bool(names) and (told == len(names) if every else told * 2 > len(names))


def _rest(text: str, start: int, found: dict[str, Span]) -> None:
    """Find authors, venue and date in the text after the title."""
    for node in nodes(text, start):
        if node.kind not in {"text", "code", "strong", "em"}:
            continue
        a, z = node.inner
        for one in nodes(text, a, z):  # **`ICLR 2024`**
            if one.kind in {"text", "code"}:
                _prose(text, *one.inner, found)


def _prose(text: str, a: int, z: int, found: dict[str, Span]) -> None:
    a += len(text[a:z]) - len(text[a:z].lstrip(_EDGES + ")]>\\"))
    year = _YEAR_FIRST.match(text, a, z)
    if year and re.fullmatch(r"\W*", _without_date(year["date"])) and _dated(year["date"], year.start("date"), found):
        a = year.end()
    people = _AUTHORS.match(text, a, z) if "authors" not in found else None
    if people and (span := _trimmed(text, *people.span())):
        found["authors"] = (span[0], people.end()) if people[0].endswith(".") else span
        a = people.end()
    cuts = [a, *(cut for match in _SENTENCE.finditer(text, a, z) for cut in match.span()), z]
    for left, right in zip(cuts[::2], cuts[1::2], strict=True):
        span = _trimmed(text, left + len(text[left:right]) - len(text[left:right].lstrip(_EDGES + ")]>\\")), right)
        if span is None:
            continue
        told = text[slice(*span)]
        if "authors" not in found and _people(text, span, found):
            continue
        bare = told.strip("()[]（）")
        date = find_date(bare)
        inside = span[0] + told.find(bare)
        if date is not None and not re.search(r"\w", _without_date(bare)):
            _dated(bare, inside, found)
        elif "venue" not in found and len(told) < 80 and (series(told) or _VENUE.search(told) or is_preprint(told)):
            split = re.match(r"(?P<venue>[^()（]{2,40}?)\s*[(（]\s*(?P<date>.+?)[)）]$", told)
            if split and find_date(split["date"]) and re.search(r"\d", split["date"]):
                found["venue"] = (span[0], span[0] + split.end("venue"))
                _dated(split["date"], span[0] + split.start("date"), found)
            else:
                found["venue"] = span


def _without_date(text: str) -> str:
    """The text beside its date."""
    date = find_date(text)
    return text[: date.start] + text[date.end :] if date else text


def _people(text: str, span: Span, found: dict[str, Span]) -> bool:
    """Take a list of people, between "by" and a date or venue; whether it is one."""
    a, z = span
    cuts = list(re.compile(r"[,，]\s*|\s*[(（]").finditer(text, a, z))
    for cut in reversed(cuts):  # "Ada Lovelace, Alan Turing, ICLR 2024"
        venue = _trimmed(text, cut.end(), z - (text[z - 1] in ")）" and text[cut.end() - 1] in "(（"))
        if venue and names_venue(text[slice(*venue)]) and _is_names(_BY.sub("", text[a : cut.start()])):
            found.setdefault("venue", venue)
            z = cut.start()
            break
    told = _PEOPLE.fullmatch(text, a, z)
    if told is None or not _is_names(told["names"]) or _VENUE.search(told["names"]):
        return False
    found["authors"] = told.span("names")
    if told["date"]:
        _dated(told["date"], told.start("date"), found)
    return True


_LABELED = lazy_pattern(r"(?P<label>[^:：\[\]()]{1,30})[:：]\s*(?P<value>\S.*?)\s*$", re.DOTALL)
_OTHER_LABEL = lazy_pattern(r"\W*[A-Z]\w*(?: \w+)?\W*", re.ASCII)  # "ExpEnv: chess, go" is no summary
_LINE = lazy_pattern(r"[^\r\n]+")


def head_end(text: str) -> int:
    """The position at which the nested items of a bullet's text begin, or the first blank line."""
    below = re.compile(r"(?:\r\n|\r(?!\n)|\n)(?=[ \t]+(?:[-*+・]|\d+[.)])[ \t]|[ \t]*>|[ \t]*(?:[\r\n]|$))").search(
        text
    )
    return below.start() if below else len(text)


@lru_cache(maxsize=16_384)  # a catalog is read often, and few of its entries change in between
def entry_parts(text: str) -> Mapping[str, Span]:
    """Find the parts of a bullet with nested items, as (start, end) positions by name: those that `parts` finds before
    the nested items, and then the nested ones by their labels; the first nested sentence is the summary.
    """
    end = head_end(text)
    found = parts(text[:end])
    for line in _LINE.finditer(text, end):
        marker = MARKER.match(text, *line.span())
        start = marker.end() if marker else line.start() + len(line[0]) - len(line[0].lstrip(" \t>"))
        _nested(text, start, line.end(), found)
    return found


def _nested(text: str, start: int, end: int, found: dict[str, Span]) -> None:
    """Take what one nested item tells."""
    labeled = _LABELED.match(text, start, end)
    field = field_of(re.sub(r"[*_]", "", labeled["label"])) if labeled else ""
    other = labeled is not None and not field and _OTHER_LABEL.fullmatch(labeled["label"]) is not None
    for link in links_of(text, start, end):
        kind = link_kind(text, link)
        if kind and link.url and not (other and kind == "code" and field_of(_label(text, link)) != "code"):
            found.setdefault(kind, link.url)
    if labeled and field:
        _labeled(text, field, labeled.span("value"), found)
    if field or other:
        return
    span = _trimmed(text, start, end)
    if span is None or any(link.start <= span[0] for link in links_of(text, start, end)):
        return
    told, first = text[slice(*span)], nodes(text, start, end)[0]
    if first.kind in {"em", "strong"} and "authors" not in found and _is_names(text[slice(*first.inner)]):
        found["authors"] = _trimmed(text, *first.inner) or first.inner
        _rest(text[:end], first.end, found)
    elif "authors" not in found and _is_names(told):
        found["authors"] = span
    elif len(told) < 60 and (series(told) or is_preprint(told)):
        found.setdefault("venue", span)
    elif _words(text, span) > 2:
        found.setdefault("summary", (span[0], end - len(text[start:end]) + len(text[start:end].rstrip())))


def _labeled(text: str, field: str, value: Span, found: dict[str, Span]) -> None:
    """Take the value of a field after its label; of code and a project page the address."""
    if field in _LABEL_FIELDS:
        own = (link.url for link in links_of(text, *value) if link.url and url_of(text, link).startswith("http"))
        found.update((field, url) for url in own if field not in found)
        return
    a, z = value
    shown = _trimmed(text, a + len(text[a:z]) - len(text[a:z].lstrip("* ")), z) if text[a] == "*" else value
    if field != "link" and shown:
        found.setdefault(field, shown)


def repository_of(text: str, link: Node) -> str:
    """The `owner/name` of the code repository that a link in a Markdown text points to, "" if it points to none."""
    if link_kind(text, link) != "code":
        return ""
    path = url_of(text, link).partition("://")[2].partition("/")[2].strip("/")
    return path if path.count("/") == 1 else ""


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
