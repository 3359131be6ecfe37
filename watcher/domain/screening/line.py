"""Shortens a paper to the one line that the model reads in triage: the title, and the sentence of the abstract that
says most about the topic.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from watcher.domain.papers.topic import Topic, compile_group, searchable
from watcher.domain.screening.gist import DONE, MEASURED, OFFERED, SENTENCE_END
from watcher.domain.text import visible

LONGEST_TITLE, LONGEST_SENTENCE = 170, 160
"""In characters. Longer ones are cut between words and marked by an ellipsis."""
SEPARATOR = " :: "
"""The text between title and sentence in a line."""

_ELLIPSIS = "…"

# These two are compiled by re when they are first used, because few commands write lines.
# How a sentence may begin before it says anything.
_OPENING = (
    r"^(?:(?:In|With|Through) this (?:paper|work|study|article|survey|report)"
    r"|To (?:address|bridge|fill|tackle|solve|overcome|mitigate|investigate|study|explore) [^,]{3,70}"
    r"|However|Specifically|Moreover|Furthermore|Additionally|In addition|Here|Therefore|Thus|Hence|Yet|Notably|Finally"
    r"|Motivated by [^,]{3,60}|Inspired by [^,]{3,60}|Concretely)\s*,\s*"
)
# How a sentence begins that tells of the state of the field and not of this paper.
_BACKGROUND = (
    r"^(?:Recent(?:ly)?\b|Existing\b|Prior\b|Previous\b|Current(?:ly)?\b|Despite\b|Although\b|While\b|However\b"
    r"|Traditional\b|Conventional\b|Most\b|Many\b|As\b|With the\b"
    r"|[A-Z][\w-]*(?:[ -][\w()-]+){0,5} (?:have|has) (?:\w+ ){0,2}(?:advanced|shown|demonstrated|achieved|emerged|become"
    r"|made|enabled|revolutionized|attracted|gained|opened)\b)"
)

_KEYWORD = ""  # stands for the topic's keywords among the names of its themes, none of which is empty
# Added to a sentence's score for a crossed theme, a keyword, what the authors did; and for background or results.
_CROSSED, _WITH_KEYWORD, _DEED, _AWAY = 1.5, 0.5, 1.0, -1.5
# Further themes add nothing; those that the title names too add half each, one in all.
_MOST_THEMES, _SHARED, _MOST_SHARED = 3, 0.5, 1.0
_INSIDE = 0.9
"""The number of themes that a cut from inside the sentence must hold beyond one from its beginning."""
_GENERAL = 1 / 3
"""A theme is general when at least this part of its phrases are keywords of the widest group."""


@dataclass(frozen=True, slots=True)
class _Span:
    """Where something is found in a sentence: its first and last word."""

    first: int
    last: int


class Line:
    """A callable that shortens a paper's title and abstract to one line for triage, guided by a topic's themes and
    keywords; deterministic.

    Measured on 828 labeled papers: of those that belong, the model names .986 (.949–.998) by this line, .957 by the
    title alone.
    """

    def __init__(self, topic: Topic) -> None:
        widest = _widest(topic)
        keywords = [word for group in topic.groups if group.priority != widest for word in group.keywords]
        self._bonus = {theme.name: _CROSSED for theme in topic.themes if theme.crossed}
        self._bonus[_KEYWORD] = _WITH_KEYWORD if topic.themes else _CROSSED
        self._counted = _counted(topic, widest)
        self._patterns = {theme.name: compile_group(theme.phrases) for theme in topic.themes}
        if keywords:
            self._patterns[_KEYWORD] = compile_group(keywords)

    def __call__(self, title: str, abstract: str) -> str:
        """The line for a paper: title and best sentence, or the title alone if there is no abstract. It holds no line
        break and no invisible character.
        """
        shown = _cut(visible(title), LONGEST_TITLE)
        sentence = self._sentence(title, visible(abstract))
        return f"{shown}{SEPARATOR}{sentence}" if sentence else shown

    def _sentence(self, title: str, abstract: str) -> str:
        """The sentence of an abstract that adds most about the topic to what the title says, cut to LONGEST_SENTENCE
        characters.
        """
        sentences = [sentence for sentence in SENTENCE_END.split(abstract) if sentence]
        if not sentences:
            return ""
        told = self._found(title)
        best = max(range(len(sentences)), key=lambda n: (self._rank(sentences[n], told), -n))
        return self._window(re.sub(_OPENING, "", sentences[best], flags=re.IGNORECASE))

    def _found(self, text: str) -> set[str]:
        """The themes in a text."""
        ready = searchable(text, "")
        return {name for name, pattern in self._patterns.items() if pattern.search(ready)}

    def _rank(self, sentence: str, told: set[str]) -> float:
        """The score of a sentence: how much it says of the topic beyond the themes `told` in the title."""
        found = self._found(sentence)
        new = found - told
        value: float = sum(worth for name, worth in self._bonus.items() if name in new)
        value += min(_MOST_THEMES, len(new & self._counted))
        value += min(_MOST_SHARED, _SHARED * len(found & told))
        done = DONE.search(sentence) is not None
        value += _DEED * done
        if OFFERED.search(sentence) or MEASURED.search(sentence):
            value += _AWAY
        if not done and re.match(_BACKGROUND, sentence):
            value += _AWAY
        return value

    def _window(self, sentence: str) -> str:
        """The part of a long sentence that holds most themes, in whole words. The beginning is preferred unless a later
        part holds a theme more.
        """
        if len(sentence) <= LONGEST_SENTENCE:
            return sentence
        words = sentence.split()
        spans = self._spans(words)
        best, place = -1.0, (0, 1)
        for start in range(len(words)):
            end = _end(words, start, LONGEST_SENTENCE - 1 - (2 if start else 0))
            value: float = sum(any(start <= s.first and s.last < end for s in found) for found in spans)
            value -= _INSIDE if start else 0
            if value > best:
                best, place = value, (start, end)
            if end == len(words):
                break
        start, end = place
        text = " ".join(words[start:end])[: LONGEST_SENTENCE - 1 - (2 if start else 0)]  # one word may be too long
        return f"{_ELLIPSIS + ' ' if start else ''}{text}{_ELLIPSIS if end < len(words) else ''}"

    def _spans(self, words: Sequence[str]) -> list[list[_Span]]:
        """For every theme, the places in a sentence where one of its phrases is found."""
        plain = [unicodedata.normalize("NFKC", word).lower() for word in words]
        text = " ".join(plain)
        owner = [n for n, word in enumerate(plain) for _ in range(len(word) + 1)]
        return [
            [_Span(owner[found.start()], owner[found.end() - 1]) for found in pattern.finditer(text)]
            for pattern in self._patterns.values()
        ]


def _widest(topic: Topic) -> int | None:
    """The priority of the keyword groups that are the most general; None if all groups have the same priority."""
    priorities = {group.priority for group in topic.groups}
    return max(priorities) if len(priorities) > 1 else None


def _counted(topic: Topic, widest: int | None) -> frozenset[str]:
    """The themes that each add one to a sentence's score: all but the crossed ones and those as general as the widest
    keywords.
    """
    general = _plain(word for group in topic.groups if group.priority == widest for word in group.keywords)
    return frozenset(
        theme.name
        for theme in topic.themes
        if not theme.crossed and len(_plain(theme.phrases) & general) < _GENERAL * len(theme.phrases)
    )


def _plain(phrases: Iterable[str]) -> set[str]:
    return {phrase.rstrip("*").replace("-", " ").lower() for phrase in phrases}


def _cut(text: str, limit: int) -> str:
    """A text cut between words where it is longer than `limit`."""
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + _ELLIPSIS


def _end(words: Sequence[str], start: int, room: int) -> int:
    """The end (exclusive) of the words from `start` that fit into `room` characters; at least one word."""
    end, length = start + 1, len(words[start])
    while end < len(words) and length + 1 + len(words[end]) <= room:
        length += 1 + len(words[end])
        end += 1
    return end
