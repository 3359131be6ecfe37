"""Extracts the plain text from the HTML in titles and descriptions of feeds. What looks like a tag and is none
stays.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final

_BLOCKS: Final = (
    "address article aside blockquote br caption center dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5"
    " h6 header hr img li main nav ol p pre section table tbody td tfoot th thead tr ul"
)
_INLINE: Final = (
    "a abbr acronym audio b bdi bdo big button cite code data del dfn em embed font i iframe input ins kbd label link mark"
    " meta object picture q s samp semantics small source span strike strong sub sup svg time tt u var video wbr"
)
_TAG: Final = re.compile(
    rf"</?(?:(?P<block>{'|'.join(_BLOCKS.split())})|{'|'.join(_INLINE.split())}|(?:jats|mml|m|inline|xhtml):?[a-z-]*)"
    r"(?:\s[^<>]*=[^<>]*)?\s*/?>",  # "a <b and c> d" is no tag
    re.IGNORECASE,
)
_UNSEEN: Final = re.compile(
    r"<(script|style|svg|(?P<formula>annotation(?:-xml)?))\b[^<>]*>.*?</\1\s*>|<!--.*?-->|<!\[CDATA\[|\]\]>",
    re.IGNORECASE | re.DOTALL,
)

_LONGEST: Final = 200_000  # characters; far more than an abstract with its markup


def text_in(html: str) -> str:
    """Extract the text from a piece of HTML, on one line. HTML that a feed has escaped twice is unescaped twice."""
    text, tags = _without_tags(html[:_LONGEST])
    text = text if tags else _without_tags(text)[0]
    return " ".join(text.split())


def _without_tags(html: str) -> tuple[str, int]:
    """The text of a piece of HTML, and how many tags were in it."""
    shown = _UNSEEN.sub(lambda part: "" if part["formula"] else " ", html) if "<" in html or "]]>" in html else html
    shown, tags = _TAG.subn(lambda tag: " " if tag["block"] else "", shown)
    return unescape(shown), tags
