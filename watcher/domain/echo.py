"""What a model repeats of a paper's title, against the paper it is said of: verdicts that changed places are noticed.

Ids look all alike; a model that exchanges two gives verdicts that are valid and wrong.
"""

from __future__ import annotations

import re
import unicodedata

from watcher.domain.names import without_tex
from watcher.domain.paper import Paper

WORDS = 4
"""How many words of the title a verdict begins with; ids alone look all the same to a model."""

_FEWEST = 2  # some models cut titles short
_WORD = re.compile(r"[^\W_]+")


def echoes(said: object, paper: Paper) -> bool:
    """Whether `said` is how the paper's title begins, TeX, punctuation and case aside."""
    heard = _letters(said) if isinstance(said, str) else ""
    titles = {_letters(title): _letters(" ".join(title.split()[:_FEWEST])) for title in _forms(paper)}
    return any(whole.startswith(heard) and heard.startswith(begin) for whole, begin in titles.items())


def _forms(paper: Paper) -> tuple[str, ...]:
    return paper.title, paper.title_raw, without_tex(paper.title_raw)


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(_WORD.findall(plain))
