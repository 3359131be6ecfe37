"""Triage: many papers in one question, a numbered line each -> which of them could belong; an answer counts only if its
reader came to the last line.

Models leave lines out of long lists, confuse numbers, and can be told by a line to name nothing. So an answer repeats
words of titles, lines drawn by the code are repeated whatever they say, and each batch holds plants: papers that are
known to belong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

from watcher.domain.errors import BadReply
from watcher.domain.hostile.title_check import repeats
from watcher.domain.prompt import fingerprint
from watcher.domain.replies import read_object
from watcher.domain.screening.line import SEPARATOR
from watcher.domain.summaries.numbers import without_tex
from watcher.domain.text import visible

FEWEST = 20
"""Fewer papers than these are not worth a question: they are scored."""
PLANTS = 2
"""So many known papers stand in each batch."""
REST = timedelta(days=7)
"""So long a known paper is not planted again."""
UNREAD_RUNS = 3
"""A paper that stayed unread in so many runs is scored."""

_MOST_NAMED = 0.4
_MOST_SLIPS = 2
_FIRST_WORDS = 3
_LONGEST_WORD = 40
_FRAME = re.compile(r"<(?=\s*/?\s*lines\b)", re.IGNORECASE)
_WHOLE = re.compile(r"\d{1,6}(?:\.0+)?")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper as triage sees it: its key, e.g. `arxiv:2306.12672`, its line, and its title as people read it."""

    key: str
    line: str
    title: str

    @property
    def spellings(self) -> tuple[str, ...]:
        """The ways in which a model may repeat its title."""
        shown = self.line.partition(SEPARATOR)[0]
        return self.title, shown, without_tex(shown)


@dataclass(frozen=True)
class Lines:
    """The numbered lines of one question, in an order that is drawn from all their keys: neither place nor rank says
    anything. The same entries always give the same lines.
    """

    given: tuple[Entry, ...]

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The entries in their order; the first one has the number 1."""
        return tuple(sorted(self.given, key=lambda entry: fingerprint(self._seed, entry.key)))

    @cached_property
    def checks(self) -> tuple[int, ...]:
        """The numbers of the lines whose titles are to be repeated: one of the first third, one of the second, and the
        last.
        """
        count = len(self.given)
        third = max(1, count // 3)
        early, middle = 1 + self._draw("early", third), 1 + third + self._draw("middle", third)
        return tuple(sorted({min(early, count), min(middle, count), count}))

    @cached_property
    def text(self) -> str:
        """The lines between `<lines KEY>` and `</lines KEY>`; KEY is their hash, which no line can contain."""
        told = "\n".join(f"{n} {_FRAME.sub('‹', e.line)}" for n, e in enumerate(self.entries, start=1))
        key = fingerprint(told)
        return f"<lines {key}>\n{told}\n</lines {key}>"

    @cached_property
    def _seed(self) -> str:
        return fingerprint(*sorted(entry.key for entry in self.given))

    def _draw(self, what: str, among: int) -> int:
        return int(fingerprint(self._seed, what), 16) % among


@dataclass(frozen=True, slots=True)
class Answer:
    """What an accepted answer says, by the entries' keys: those it names, those it calls odd, and those under whose
    number it repeats another title, so that nobody knows whether they are meant.
    """

    named: frozenset[str]
    odd: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()

    def missed(self, plants: Iterable[str]) -> tuple[str, ...]:
        """The plants that it does not name."""
        return tuple(plant for plant in plants if plant not in self.named)


def can_be_listed(title: str) -> bool:
    """Whether a title begins with words that a model can repeat: an answer about any other cannot be checked."""
    words = visible(title).split()[:_FIRST_WORDS]
    return any(c.isalnum() for word in words for c in word) and all(len(word) <= _LONGEST_WORD for word in words)


def in_batches(waiting: Iterable[T], size: int, key: Callable[[T], str]) -> tuple[list[list[T]], list[T]]:
    """Batches of `size`, and what is left over and too little for another one. Who stands with whom is drawn from the
    keys and says nothing of rank.
    """
    drawn = sorted(waiting, key=lambda each: fingerprint(key(each)))
    parts = [drawn[start : start + size] for start in range(0, len(drawn), size)]
    few = parts.pop() if parts and len(parts[-1]) < FEWEST else []
    return parts, few


def halves(whole: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    """The two halves of a batch that is asked once more."""
    middle = (len(whole) + 1) // 2
    return whole[:middle], whole[middle:]


def read_answer(text: str, finish: str, lines: Lines) -> Answer:
    """What a model's answer says of the lines. `finish` is the server's finish reason.

    It is accepted only if it is one JSON object whose `read` is the number of the last line, which repeats the titles
    of all `checks`, names at most 40 % of the lines, and has at most two slips: entries whose words are not how the
    title under their number begins, or that stand twice. A slip whose words fit one other line names that one. Raises
    BadReply for any other.
    """
    found = read_object(text, finish, "named")
    count = len(lines.entries)
    if _number(found.get("read")) != count:
        raise BadReply(f"the answer was read to line {str(found.get('read'))[:20]!r} of {count}")
    _check(_entries(found, "checks"), lines)
    odd, slips = _odd(found.get("odd"), count)
    named, unsure = _named(_entries(found, "named"), lines, _MOST_SLIPS - slips)
    if len(named | odd | unsure) > _MOST_NAMED * count:
        raise BadReply(f"the answer names {len(named | odd | unsure)} of {count} lines")
    return Answer(*(frozenset(lines.entries[n - 1].key for n in numbers) for numbers in (named, odd, unsure - named)))


def _entries(found: Mapping[str, Any], name: str) -> list[tuple[int | None, object]]:
    """The (number, words) of a list in the answer; the number is None where it is none."""
    listed = found.get(name)
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise BadReply(f"the answer holds no list of objects named {name}")
    return [(_number(each.get("n")), each.get("words")) for each in listed]


def _check(entries: Sequence[tuple[int | None, object]], lines: Lines) -> None:
    """Raises BadReply unless every line of `checks` is repeated, and rightly each time."""
    for wanted in lines.checks:
        said = [words for number, words in entries if number == wanted]
        if not said or not all(repeats(words, lines.entries[wanted - 1].spellings) for words in said):
            raise BadReply(f"the answer does not repeat line {wanted}")


def _named(entries: Sequence[tuple[int | None, object]], lines: Lines, most: int) -> tuple[set[int], set[int]]:
    """The numbers of the lines that are named, and of those that may be meant. Raises BadReply where more than so many
    entries are slips.
    """
    named, unsure, slips = set[int](), set[int](), 0
    for said, words in entries:
        number = said if said is not None and 1 <= said <= len(lines.entries) else None
        right = number is not None and repeats(words, lines.entries[number - 1].spellings)
        slips += not right or number in named
        if slips > most:
            raise BadReply("too many entries of the answer are about other lines than they say")
        if number is not None:
            (named if right else unsure).add(number)
        if right:
            continue
        if len(fits := [n for n, entry in enumerate(lines.entries, 1) if repeats(words, entry.spellings)]) == 1:
            named.add(fits[0])
    return named, unsure


def _odd(listed: object, count: int) -> tuple[set[int], int]:
    """The numbers of the odd lines, and how many are no line's."""
    if not isinstance(listed, list):
        raise BadReply("the answer holds no list named odd")
    numbers = [_number(each) for each in listed]
    known = {n for n in numbers if n is not None and 1 <= n <= count}
    strangers = sum(n not in known for n in numbers)
    if strangers > _MOST_SLIPS:
        raise BadReply("the answer calls lines odd that there are not")
    return known, strangers


def _number(value: object) -> int | None:
    """A whole number, also as digits in a string; True is none."""
    text = str(value).strip() if isinstance(value, int | str | Decimal) and not isinstance(value, bool) else ""
    return int(text.partition(".")[0]) if _WHOLE.fullmatch(text) else None


def choose_plants(
    known: Iterable[T], key: Callable[[T], str], last: Mapping[str, datetime], now: datetime, beside: AbstractSet[str]
) -> tuple[T, ...]:
    """PLANTS of the `known` papers, fewer where there are no more: those that were not planted before in their order, then
    those that rested longest. `last` says when each was last planted; papers `beside` them in the batch are left out.
    """
    never = datetime.min.replace(tzinfo=UTC)
    free = [(last.get(key(each), never), each) for each in known if key(each) not in beside]
    rested = sorted((pair for pair in free if pair[0] <= now - REST), key=lambda pair: pair[0])
    return tuple(each for _, each in rested[:PLANTS])
