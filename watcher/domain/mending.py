"""Fixes the typography of a model's Japanese automatically: character widths, punctuation, spaces, preferred terms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from watcher.domain.text import narrow

_JA = r"[\u3041-\u309f\u30a0-\u30ff\u3400-\u4dbf\u4e00-\u9fff々〆「」『』（）、。・]"
_HALF_KANA = re.compile("[\uff61-\uff9f]+")
_WIDE_SIGN = str.maketrans({"％": "%", "＋": "+", "＝": "=", "＆": "&", "／": "/", "－": "-", "＿": "_"})
# Full-width commas and points inside numbers and names: "１，０００" and "Ｖ１．２".
_WIDE_POINT = re.compile(r"(?<=\d)，(?=\d{3}(?!\d))|(?<=[0-9A-Za-z])．(?=[0-9A-Za-z])")
_COMMA = re.compile(rf"(?<={_JA})\s*,[\s,]*|(?<=[)\w%]),[\s,]*(?={_JA})")
_STOP = re.compile(rf"(?<={_JA})\.(?=\s|$|{_JA})")
_SPACE = re.compile(rf"(?<={_JA})[ \u3000]+(?=\S)|(?<=\S)[ \u3000]+(?={_JA})")
_REPEATED = re.compile("([、。])[、。]+")


def autofixed(text: str, preferred: Mapping[str, str]) -> str:
    """The text in the catalog's typography; its meaning is never changed.

    Half-width kana become full-width; full-width letters, digits and signs become ASCII; 「，．」 and ASCII commas and
    periods after Japanese become 「、。」; spaces beside Japanese are removed. `preferred` maps a spelling to the preferred
    one.
    """
    text = _HALF_KANA.sub(lambda kana: unicodedata.normalize("NFKC", kana[0]), text)
    text = narrow(text).translate(_WIDE_SIGN)
    text = _WIDE_POINT.sub(lambda point: "," if point[0] == "，" else ".", text)
    text = text.replace("，", "、").replace("．", "。")
    while (closer := _punctuated(text)) != text:  # one rule may make another apply, so repeat until nothing changes
        text = closer
    for spelling, term in preferred.items():
        text = text.replace(spelling, term)
    return text


def _punctuated(text: str) -> str:
    """One pass of the rules for punctuation and spaces."""
    text = _STOP.sub("。", _COMMA.sub("、", text))
    return _REPEATED.sub(r"\1", _SPACE.sub("", text)).strip()
