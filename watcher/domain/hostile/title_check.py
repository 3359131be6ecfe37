"""Checks that a model's verdict is about the paper it names, by requiring that the model repeats the title's first
words.

arXiv ids look alike. A model that confuses two gives verdicts which are valid and wrong.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from watcher.domain.papers.paper import Paper
from watcher.domain.summaries.numbers import without_tex

TITLE_WORDS = 4
"""How many words of the title the model is asked to repeat."""

_FEWEST = 2  # words that must agree at least: some models repeat fewer than asked
_WORD = re.compile(r"[^\W_]+")


def repeats_title(said: object, paper: Paper) -> bool:
    """Whether `said`, the model's words as a text or a list, is how the paper's title begins, ignoring TeX, punctuation
    and case.
    """
    # The spellings in which a model may repeat it: as shown to people, raw, and without TeX.
    return repeats(said, (paper.title, paper.title_raw, without_tex(paper.title_raw)))


def repeats(said: object, spellings: Iterable[str]) -> bool:
    """Whether `said`, the model's words as a text or a list, is how any of the accepted `spellings` of a title begins,
    ignoring punctuation and case.
    """
    words = " ".join(word for word in said if isinstance(word, str)) if isinstance(said, list) else said
    heard = _letters(words) if isinstance(words, str) else ""
    titles = {_letters(title): _letters(" ".join(title.split()[:_FEWEST])) for title in spellings}
    return any(whole.startswith(heard) and heard.startswith(begin) for whole, begin in titles.items())


def _letters(text: str) -> str:
    """The letters and digits of a text in lower case."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(_WORD.findall(plain))
