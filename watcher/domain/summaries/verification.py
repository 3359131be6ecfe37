"""Verification: a model checks a finished summary against title and abstract, sentence by sentence.

This module assigns the passages that were quoted as evidence to the sentences, builds the prompt, parses and checks the
model's answer, and applies its verdicts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Final

from watcher.domain.errors import BadReply
from watcher.domain.facts import Fault, SentenceVerdict
from watcher.domain.papers.paper import Paper
from watcher.domain.prompts import SENTENCE_END, framed, quoted
from watcher.domain.summaries.numbers import names
from watcher.domain.summaries.style import sentences
from watcher.domain.text import clipped, encodable, fold, narrow, visible

_NO_FAULT = "none"
_FIELDS: Final = ("n", "quote", "verdict", "kind", "words", "reason_ja")

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "sentences": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "n": {"type": "integer"},
                    "quote": {"type": "string"},
                    "verdict": {"type": "string", "enum": ["ok", "wrong"]},
                    "kind": {"type": "string", "enum": [_NO_FAULT, *Fault]},
                    "words": {"type": "string"},
                    "reason_ja": {"type": "string"},
                },
                "required": [*_FIELDS],
                "additionalProperties": False,
            },
        }
    },
    "required": ["sentences"],
    "additionalProperties": False,
}

_SHORTEST_QUOTE = 3  # words; shorter ones occur by chance
_LONGEST_QUOTE = 400  # characters; the prompt asks for half as many
_LONGEST_REASON = 80
_LONGEST_NUMBER = 4  # digits
_MARKS = '「」『』“”"… 　'  # around words that are quoted from a sentence


def source_of(paper: Paper) -> str:
    """A paper's title and abstract concatenated in both forms, as the source gives them and as people read them; quotes
    are looked for in this text.
    """
    return f"{paper.title_raw}\n{paper.abstract_raw}\n{paper.title}\n{paper.abstract}"


def question(paper: Paper, sentences: Sequence[SentenceEvidence]) -> str:
    """The prompt's text for verifying a summary: the framed paper, then the numbered sentences of the summary with the
    passages that support each; before the text of an additional catalog field stands the field's name in brackets.
    """
    lines = list[str]()
    for number, each in enumerate(sentences, 1):
        lines.append(f"{number} [{each.field}] {each.sentence}" if each.field else f"{number} {each.sentence}")
        lines += [f'  rests on: "{passage}"' for passage in each.passages]
    return f"{quoted(paper)}\n{framed('summary', lines)}"


def read_verdicts(
    answer: Mapping[str, Any], sentences: Sequence[SentenceEvidence], source: str, *, last: bool = False
) -> tuple[SentenceVerdict, ...]:
    """Parse and check a model's answer to a verification: one verdict for each sentence, in order. Raises BadReply if
    the answer is not accepted.

    `source` is title and abstract in every available form. The answer is accepted only if each sentence's number occurs
    once, every quote is in the source word for word, and the words called wrong are in their sentence. If it is the
    `last` answer, because no further one is requested, a quote may differ a little from the source, and up to half of
    the sentences may be supported without a quote.
    """
    entries = answer.get("sentences")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadReply("sentences is no list of objects")
    by_number = {_number(entry): entry for entry in entries}
    if len(by_number) != len(entries) or set(by_number) != set(range(1, len(sentences) + 1)):
        raise BadReply(f"the verdicts are not one for each of {len(sentences)} sentences")
    known = comparable(source)
    verdicts = tuple(
        replace(_verdict(number, each.sentence, by_number[number], known, last=last), field=each.field)
        for number, each in enumerate(sentences, 1)
    )
    # Whoever has not read the abstract quotes nothing of it.
    if 2 * sum(verdict.fault is None and not verdict.quote for verdict in verdicts) > len(verdicts):
        raise BadReply("most sentences are called ok without a quote from title or abstract")
    return verdicts


def _number(entry: Mapping[str, Any]) -> int:
    number = entry.get("n")
    if isinstance(number, str) and number.isdecimal() and len(number) < _LONGEST_NUMBER:
        return int(number)
    if isinstance(number, bool) or not isinstance(number, int):
        raise BadReply("a verdict has no number")
    return number


def _verdict(number: int, sentence: str, entry: Mapping[str, Any], source: str, *, last: bool) -> SentenceVerdict:
    texts = {name: "" if entry.get(name) is None else entry[name] for name in _FIELDS if name != "n"}
    if not all(isinstance(text, str) for text in texts.values()):
        raise BadReply(f"verdict {number} holds something else than text")
    verdict, kind = texts["verdict"].strip().casefold(), texts["kind"].strip().casefold()
    quote = encodable(fold(texts["quote"]))
    if verdict == "ok" and kind in {"", _NO_FAULT}:
        if _is_quoted(quote, source):
            return SentenceVerdict(number, sentence, quote=quote)
        if last and (not quote or _is_nearly_quoted(quote, source)):
            return SentenceVerdict(number, sentence)
        raise BadReply(f"the quote for sentence {number} is not in title or abstract")
    if verdict != "wrong" or kind not in {*Fault}:
        raise BadReply(f"verdict {number} is neither ok nor wrong in one of the known ways")
    fault = Fault(kind)
    words = _words_in(sentence, texts["words"], number, fault)
    if quote and not _is_quoted(quote, source) and last and fault is not Fault.PLANTED:
        quote = "" if _is_nearly_quoted(quote, source) else quote
    if (quote or fault is Fault.PLANTED) and not _is_quoted(quote, source):
        raise BadReply(f"the quote against sentence {number} is not in title or abstract")
    reason = clipped(visible(encodable(texts["reason_ja"])), _LONGEST_REASON)
    return SentenceVerdict(number, sentence, fault, quote, words, reason)


def _words_in(sentence: str, words: str, number: int, fault: Fault) -> str:
    """The words of a sentence that an answer calls wrong, as the sentence has them. Raises BadReply."""
    words = visible(encodable(words)).strip(_MARKS)
    if fault is Fault.PLANTED and not words:
        return sentence
    start = narrow(sentence).find(narrow(words))
    if not words or start < 0:
        raise BadReply(f"the words that are wrong do not stand in sentence {number}")
    return sentence[start : start + len(words)]


def _is_quoted(quote: str, source: str) -> bool:
    """Whether a quote is long enough to mean something, and in the source word for word."""
    plain = comparable(quote)
    return len(plain.split()) >= _SHORTEST_QUOTE and len(plain) <= _LONGEST_QUOTE and plain in source


def _is_nearly_quoted(quote: str, source: str) -> bool:
    """Whether most of a quote, by any three words that follow each other, is in the source; or all of a shorter one."""
    words = comparable(quote).split()
    threes = [" ".join(words[at : at + _SHORTEST_QUOTE]) for at in range(max(1, len(words) - _SHORTEST_QUOTE + 1))]
    return 2 * sum(three in source for three in threes) >= len(threes)


def without_passages(paper: Paper, passages: Sequence[str]) -> Paper | None:
    """A copy of the paper without the sentences of its abstract that contain any of these passages; None if nothing
    would be left, or if a passage is not in the abstract.
    """
    raw, plain = (_without(text, passages) for text in (paper.abstract_raw, paper.abstract))
    left = raw if raw is not None else plain
    return replace(paper, abstract_raw=left, abstract=plain or left) if left else None


def _without(abstract: str, passages: Sequence[str]) -> str | None:
    """A text without the sentences that hold or overlap any of the passages; None where one is not found."""
    sentences = [piece for piece in SENTENCE_END.split(fold(abstract)) if piece]
    spans, at = list[tuple[int, int]](), 0
    for sentence in map(comparable, sentences):
        spans.append((at, at + len(sentence)))
        at += len(sentence) + 1
    whole, cut = " ".join(map(comparable, sentences)), set[int]()
    for passage in map(comparable, passages):
        start = whole.find(passage)
        if start < 0:
            return None
        cut |= {n for n, (begin, end) in enumerate(spans) if begin < start + len(passage) and start < end}
    return " ".join(sentence for n, sentence in enumerate(sentences) if n not in cut)


def marked(summary_ja: str, wrong: Sequence[SentenceVerdict]) -> tuple[tuple[str, bool], ...]:
    """The summary cut into pieces, as (piece, whether verification called these words wrong)."""
    pieces, at = list[tuple[str, bool]](), 0
    for verdict in (one for one in wrong if not one.field):
        start = summary_ja.find(verdict.sentence, at)
        place = summary_ja.find(verdict.words, max(start, at))
        if place < 0 or not verdict.words:
            continue
        pieces += [(summary_ja[at:place], False), (verdict.words, True)]
        at = place + len(verdict.words)
    return tuple(piece for piece in [*pieces, (summary_ja[at:], False)] if piece[0])


_MOST = 12  # sentences or passages; a summary has three, and the number of alignments grows exponentially
_FIGURE = re.compile(r"\d+(?:\.\d+)?")
# Models quote the abstract without TeX escapes and with typographic quotation marks and dashes.
_TEX_ESCAPE = re.compile(r"\\([%&_#$])|~")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-"})


@dataclass(frozen=True, slots=True)
class SentenceEvidence:
    """A sentence of a summary, or the text of the additional catalog field named by `field`, with the passages of the
    abstract that support it.
    """

    sentence: str
    passages: tuple[str, ...]
    field: str = ""


def evidence_by_sentence(summary_ja: str, evidence: Sequence[str]) -> tuple[SentenceEvidence, ...]:
    """Assign the quoted passages to the sentences of the summary.

    The model quotes passages in the order of its sentences, but not always one for each. Of all assignments that keep
    the order, the one is taken in which sentences and passages share most numbers and names.
    """
    said = sentences(summary_ja)
    told, quoted = [*map(_figures_and_names, said)], [*map(_figures_and_names, evidence)]
    best = max(_alignments(len(said), len(evidence)), key=lambda deal: _alignment_score(deal, told, quoted))
    return tuple(
        SentenceEvidence(sentence, tuple(quote for quote, at in zip(evidence, best, strict=False) if at == place))
        for place, sentence in enumerate(said)
    )


def comparable(text: str) -> str:
    r"""A text normalized for finding quotes in it: one line, `\%` as `%`, one form of quotation marks and dashes."""
    plain = _TEX_ESCAPE.sub(lambda sign: sign[1] or " ", text).translate(_QUOTES)
    return fold(plain)


def _alignments(said: int, quoted: int) -> Iterator[tuple[int, ...]]:
    """All ways to assign passages to sentences in order, as the sentence's position for each passage.

    Every sentence gets a passage if there are enough of them.
    """
    if said == 0 or quoted == 0 or max(said, quoted) > _MOST:
        yield tuple(min(place, said - 1) for place in range(quoted if said else 0))
    elif quoted <= said:
        yield from combinations(range(said), quoted)
    else:
        for cuts in combinations(range(1, quoted), said - 1):
            yield tuple(sum(cut <= place for cut in cuts) for place in range(quoted))


def _alignment_score(deal: Sequence[int], told: Sequence[set[str]], quoted: Sequence[set[str]]) -> float:
    """How good an assignment is: numbers and names that sentences (`told`) and passages (`quoted`) share, less the
    distance between relative positions.
    """
    shared = sum(len(told[at] & quote) for at, quote in zip(deal, quoted, strict=False))
    apart = sum(abs((at + 0.5) / len(told) - (place + 0.5) / len(quoted)) for place, at in enumerate(deal))
    return shared - apart


def _figures_and_names(text: str) -> set[str]:
    """The numbers and Latin-script names in a text."""
    return {*_FIGURE.findall(text), *(name[0].casefold() for name in names(text))}
