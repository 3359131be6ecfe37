"""Parses XML from servers; refuses documents that are incomplete, not XML, or declare entities."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from watcher.domain.errors import FeedError

# What XML forbids, in UTF-8: control characters, lone surrogates, U+FFFE and U+FFFF; and references to characters.
_ILLEGAL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xed[\xa0-\xbf][\x80-\xbf]|\xef\xbf[\xbe\xbf]")
_REFERENCE = re.compile(rb"&#(?:x([0-9A-Fa-f]+)|([0-9]+));")
# https://www.w3.org/TR/xml/#charsets
_CHARACTERS = (range(0x9, 0xB), range(0xD, 0xE), range(0x20, 0xD800), range(0xE000, 0xFFFE), range(0x10000, 0x110000))
# Nothing may stand before an XML declaration: marks and white space are skipped, other text and comments where a
# declaration follows.
_LEAD = re.compile(
    rb"(?:<!--(?>.{0,2000}?-->)|[^<]){1,200}(?=<\?xml\s)|(?:\xef\xbb\xbf|[\x09\x0a\x0d\x20])+(?=<)", re.DOTALL
)
_PROLOG = rb"(?>(?:<\?(?>.*?\?>)|<!--(?>.*?-->)|\s+)*)"  # declaration, comments and instructions before the root
_ROOT = re.compile(_PROLOG + rb"<([A-Za-z_][\w:.-]*)", re.DOTALL)
# A document type that declares nothing itself, as RSS 0.91 has it; what it names is never loaded.
_BARE_TYPE = re.compile(rb"(" + _PROLOG + rb")<!DOCTYPE\s[^\[\]<>]*>", re.DOTALL | re.IGNORECASE)
_GZIP = b"\x1f\x8b"
# Prefixes that are used and never declared; of some the namespace is known.
_PREFIX = re.compile(rb"</?([A-Za-z_][\w.-]*):[A-Za-z_]|\s([A-Za-z_][\w.-]*):[A-Za-z_][\w.-]*\s*=\s*[\"']")
_DECLARED_PREFIX = re.compile(rb"\sxmlns:([A-Za-z_][\w.-]*)\s*=")
_NAMESPACES = {
    b"atom": b"http://www.w3.org/2005/Atom",
    b"content": b"http://purl.org/rss/1.0/modules/content/",
    b"dc": b"http://purl.org/dc/elements/1.1/",
    b"media": b"http://search.yahoo.com/mrss/",
    b"rdf": b"http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}
# An ampersand that begins no reference that XML knows, and the end of a CDATA section that did not begin.
_STRAY = re.compile(
    rb"(?P<cdata><!\[CDATA\[(?>.*?\]\]>|.*))|&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9A-Fa-f]+);)|\]\]>", re.DOTALL
)
_DECLARED = re.compile(rb"""<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_LOST = "\N{REPLACEMENT CHARACTER}".encode()
_CHUNK = 64 * 1024
# An HTML page instead of a feed, such as an error or maintenance page.
_PAGE = re.compile(_PROLOG + rb"(?:<!doctype html|<html)", re.IGNORECASE | re.DOTALL)


def parse_xml(document: bytes, about: str) -> Element:
    """Parse an XML document from a server, tolerating common faults, and return its root element. Raises FeedError,
    naming the document `about`, if it is empty, truncated, a web page or not well-formed.

    Characters that XML forbids and bytes that are not UTF-8 become U+FFFD. An ampersand that begins no reference is
    read as one, and a prefix that was not declared is accepted. What stands before the XML declaration or after the end
    of the root element is skipped, and so is a document type that declares nothing itself.
    """
    if not document.strip():
        raise FeedError("the document is empty", about=about)
    if document.startswith(_GZIP):
        raise FeedError("the document is compressed, and the server does not say so", about=about)
    document = document[lead.end() :] if (lead := _LEAD.match(document)) else document
    if _PAGE.match(document):
        raise FeedError("a web page came instead of a feed", about=about)
    document = found[1] + document[found.end() :] if (found := _BARE_TYPE.match(document)) else document
    try:
        try:
            return _parsed(document)
        except ParseError:
            return _parsed(*_mended(document))
    except DefusedXmlException as error:
        raise FeedError(
            "the document declares a document type or entities, which no feed needs", about=about
        ) from error
    except (ParseError, LookupError, ValueError) as error:  # the last two: an encoding unknown or misused
        start = document[:40].decode("ascii", "replace")
        raise FeedError(f"cut off or not well-formed XML: {error}; it begins {start!r}", about=about) from error


def _mended(document: bytes) -> tuple[bytes, str | None]:
    """A document that is not well-formed with U+FFFD for forbidden characters, stray signs escaped, every prefix declared
    at its root and nothing after the root's end, so that one bad abstract or a proxy's addition does not cost all entries;
    and the encoding to read it in, if that is UTF-8, its subset ASCII or undeclared.
    """
    declared = _DECLARED.match(document)
    utf8 = declared is None or declared[1].lower() in {b"utf-8", b"utf8", b"us-ascii", b"ascii"}
    legal = document.decode("utf-8", "replace").encode() if utf8 else document
    legal = _STRAY.sub(_escaped, _REFERENCE.sub(_permitted, _ILLEGAL.sub(_LOST, legal)))
    if root := _ROOT.match(legal):
        end = legal.rfind(b"</" + root[1])
        close = legal.find(b">", end) if end >= 0 else -1
        legal = legal[: close + 1] if close >= 0 else legal
        used = {prefix for found in _PREFIX.finditer(legal) for prefix in found.groups() if prefix}
        missing = sorted(used - set(_DECLARED_PREFIX.findall(legal)) - {b"xml", b"xmlns"})
        added = (b' xmlns:%s="%s"' % (name, _NAMESPACES.get(name, b"urn:undeclared:" + name)) for name in missing)
        legal = legal[: root.end()] + b"".join(added) + legal[root.end() :]
    return legal, "utf-8" if utf8 else None


def _parsed(document: bytes, encoding: str | None = None) -> Element:
    """Parse in chunks of 64 KiB, because the parser holds Python's global lock for the whole of a chunk. `encoding`
    counts in the place of the declared one.
    """
    parser = DefusedXMLParser(forbid_dtd=True, encoding=encoding)
    for start in range(0, len(document), _CHUNK):
        parser.feed(document[start : start + _CHUNK])
    root: Element = parser.close()
    return root


def _escaped(stray: re.Match[bytes]) -> bytes:
    """A CDATA section as it is, any other sign as a reference."""
    return stray["cdata"] or (b"&amp;" if stray[0] == b"&" else b"]]&gt;")


def _permitted(reference: re.Match[bytes]) -> bytes:
    """A character reference as it is, or U+FFFD if XML forbids the character."""
    digits, base = (reference[1], 16) if reference[1] else (reference[2], 10)
    code = int(digits[:16], base)
    return reference[0] if any(code in characters for characters in _CHARACTERS) else _LOST


def local_name(element: Element) -> str:
    """The name of an XML element without its namespace."""
    return element.tag.rpartition("}")[2]


def text_of(element: Element | None) -> str:
    """All text inside an XML element, unchanged; "" for None."""
    return "" if element is None else "".join(element.itertext())


def only(parent: Element, tag: str) -> Element:
    """The only child of an XML element with this tag. Raises FeedError if there are none or several (which would mean
    that two entries were merged).
    """
    found = parent.findall(tag)
    if len(found) != 1:
        raise FeedError(f"{len(found)} elements <{tag.rpartition('}')[2]}> where one belongs")
    return found[0]


def only_text(parent: Element, tag: str) -> str:
    """The text of the only child of an XML element with this tag. Raises FeedError if there are none or several."""
    return text_of(only(parent, tag))


def optional_text(parent: Element, tag: str) -> str | None:
    """The text of the first child of an XML element with this tag, on one line; None if there is none."""
    return " ".join(text_of(parent.find(tag)).split()) or None
