"""Replies of the language model: extracts the JSON object from an answer, whatever surrounds it (raises BadReply if there
is none), and checks that a verdict is about the paper it names.

arXiv ids look alike, and a model that confuses two gives verdicts which are valid and wrong. So the model must repeat
the first words of the title.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from watcher.domain.errors import BadReply
from watcher.domain.papers.paper import Paper
from watcher.domain.summaries.numbers import without_tex

_UNANSWERED = frozenset({"refusal", "content_filter"})

# Tags around the reasoning that precedes an answer, including gpt-oss' channels.
_THOUGHT = re.compile(r"\s*(?:<(?:think|thinking|thought|reasoning)\b|\[THINK\]|◁think▷|<\|channel\|>)", re.IGNORECASE)
_END_OF_THOUGHT = re.compile(
    r"</(?:think|thinking|thought|reasoning)>|\[/THINK\]|◁/think▷|<\|channel\|>\s*final\b[^{\[]*?<\|message\|>|assistantfinal",
    re.IGNORECASE,
)
_FILLED = re.compile(r"[\[{](?!\s*[\]}])")
_START = re.compile(r"[\[{]")
_BEGINS_JSON = re.compile(r'\{\s*(?:["\'“‘]|\w+"?\s*:\s*[\[{"\'\d])|\[\s*[\[{"\']')
# The fence of a Markdown code block, in which many models wrap JSON.
_FENCE = re.compile(r"^\s*```\w*\n|\n?```\s*$")
_NAME = re.compile(r"[A-Za-z][A-Za-z _-]*")  # of a field, however it is spelled
_WORD = re.compile(r"(?i:arxiv)|[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_IDS = ("id", "paper_id")  # what models call the field of a paper's id instead
_KEY = re.compile(r"\d{4}\.\d{4}|/\d{7}")  # in the id of a paper
_DEEPEST = 4  # levels of nested wrappers that are searched


class Span(NamedTuple):
    """A JSON value that was found in a model's answer, with its position; `error` says why it could not be parsed."""

    start: int
    end: int
    value: Any
    error: str = ""


def holds_json(text: str) -> bool:
    """Whether a model's answer can contain a JSON object or list that is not empty."""
    return _FILLED.search(text) is not None


def read_object(text: str, finish: str, name: str, item: str = "") -> Mapping[str, Any]:
    """The JSON object with the field `name` in a model's answer, ignoring reasoning, code fences, wrappers and
    comments.

    With `item`, `name` holds a list of objects that each have the field `item`; the bare list, several parts of it or a
    single such object are accepted too. `finish` is the server's finish reason. Raises BadReply if the model declined,
    if no such object is found, if it is cut off, or if an object has the same field twice (which one is meant cannot be
    known).
    """
    if finish in _UNANSWERED:
        raise BadReply(f"the model did not answer ({finish})")
    spans = answer_spans(_decoded(text))
    found = [each for span in spans if not span.error for each in _named(span.value, name, item)]
    broken = next((span.error for span in spans if span.error), "")
    if broken:
        raise BadReply(f"{broken} (finish: {finish})")
    if not found:
        raise BadReply(f"{_nothing(text, spans, name)} (finish: {finish})")
    if item:
        return {name: [entry for each in found for entry in each[name]]} if len(found) > 1 else found[0]
    if any(each != found[0] for each in found):
        raise BadReply(f"the answer gives {name} twice and differently (finish: {finish})")
    return found[0]


def read_list(text: str, finish: str, name: str, item: str) -> list[Any]:
    """The list in the field `name` of a model's answer (see `read_object`), whose entries should be objects with the field
    `item` and are not checked. Raises BadReply, also if the field holds no list.
    """
    found = read_object(text, finish, name, item)[name]
    if not isinstance(found, list):
        raise BadReply(f"the answer holds no list named {name}")
    return found


def stands(text: str, entry: Mapping[str, Any], key: str, names: Sequence[str]) -> bool:
    """Whether an entry of JSON that a library repaired is really in the model's raw answer, so that the repair invented
    nothing.

    The value of the field `key` must occur exactly once in the answer, and between the braces around it each of the
    fields `names` once with the same value.
    """
    places = [found.start() for found in re.finditer(rf"(?<![\w.]){re.escape(str(entry.get(key)))}(?![\w]|\.\d)", text)]
    if len(places) != 1:
        return False
    end = text.find("}", places[0])
    part = text[text.rfind("{", 0, places[0]) + 1 : end if end >= 0 else len(text)]
    return all(_stands_once(part, name, entry[name]) for name in names if name in entry)


def _stands_once(part: str, name: str, value: object) -> bool:
    """Whether `name: value` occurs in a part of an answer, in any quotes, and `name` only once."""
    word = re.escape(name)
    named = list(re.finditer(rf"""["'“‘]{word}["'”’]?\s*[:=]?\s*|(?<!["'“‘\w]){word}\s*[:=]\s*""", part))
    spelled = {str(value), json.dumps(str(value), ensure_ascii=False)[1:-1], json.dumps(str(value))[1:-1]}
    told = part[named[0].end() :].lstrip("\"'“‘ ") if named else ""
    return len(named) == 1 and any(re.match(rf"{re.escape(each)}(?![\w.])", told) for each in spelled)


def _decoded(text: str) -> str:
    """The JSON in an answer that is a JSON string holding JSON (encoded twice); any other answer as it is."""
    inner = _FENCE.sub("", text).strip()
    if inner.startswith(('"', '{\\"', '[{\\"')):
        try:
            value = json.loads(inner if inner.startswith('"') else f'"{inner}"', strict=False)
        except (ValueError, RecursionError):
            return text
        return value if isinstance(value, str) else text
    return text


def answer_spans(text: str) -> Sequence[Span]:
    """The outermost JSON values in a model's answer, in order, leaving out those in its reasoning (`<think>` …).

    A tag that ends the reasoning counts unless it stands inside a JSON value: a paper about such models may quote it.
    """
    spans = list(_spans(text))
    tags = [
        tag
        for tag in _END_OF_THOUGHT.finditer(text)
        if not any(s.start < tag.start() < s.end for s in spans if not s.error)
    ]
    if tags:  # the last one counts: a model may think in several turns
        return [span for span in spans if span.start >= tags[-1].end()]
    if _THOUGHT.match(text):
        return [Span(0, len(text), None, "the answer ends inside a thought")]
    return spans


def _spans(text: str) -> Iterator[Span]:
    """All JSON values in a text. One that cannot be parsed extends to the end of the reasoning or of the text."""
    place = 0
    while found := _START.search(text, place):
        start = found.start()
        try:
            value, place = _DECODER.raw_decode(text, start)
            yield Span(start, place, value)
            continue
        except BadReply as error:
            told = error.message
        except (ValueError, RecursionError) as error:
            if not _BEGINS_JSON.match(text, start):  # a bracket in prose or TeX, not JSON that is broken
                place = start + 1
                continue
            told = f"the answer is not JSON: {str(error)[:80]}"
        tag = _END_OF_THOUGHT.search(text, start)
        place = tag.end() if tag else len(text)
        yield Span(start, place, None, told)


def _named(value: Any, name: str, item: str, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """The objects with the field `name`, also inside another object, a list, or a string that holds JSON."""
    if depth > _DEEPEST:
        return
    value = _with_item(value, item)
    if isinstance(value, str):
        yield from (each for inner in _inside(value) for each in _named(inner, name, item, depth + 1))
    elif isinstance(value, dict) and name in value:
        yield {**value, name: _with_item(_items(value[name], item), item) if item else value[name]}
    elif item and isinstance(value, dict) and item in value:
        yield {name: [value]}
    elif item and _is_list_of(value, item):
        yield {name: value}
    elif item and (entries := _by_key(value, item)):
        yield {name: entries}
    elif isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        yield from (found for each in inner for found in _named(each, name, item, depth + 1))


def _inside(text: str) -> Iterator[Any]:
    """The JSON values in a string that was encoded twice. Raises BadReply if they cannot be parsed."""
    if text.lstrip()[:1] in {"{", "["}:
        for span in _spans(text):
            if span.error:
                raise BadReply(span.error)
            yield span.value


def _with_item(value: Any, item: str) -> Any:
    """The object, or each object of a list, with the paper's id renamed to the field `item`, whatever name the model
    gave it.
    """
    if isinstance(value, list):
        return [_with_item(each, item) if isinstance(each, dict) else each for each in value]
    if item and isinstance(value, dict) and item not in value:
        ids = [value[name] for name in _IDS if name in value]
        return {item: ids[0], **value} if len(ids) == 1 else value
    return value


def _items(value: Any, item: str) -> Any:
    """The value as a list of objects, where a model wrote one object, an object of objects, or a JSON string
    instead.
    """
    if isinstance(value, str):
        return [entry for inner in _inside(value) for entry in (inner if isinstance(inner, list) else [inner])]
    if isinstance(value, dict):
        inner = list(value.values())
        return _by_key(value, item) or (inner if inner and all(isinstance(each, dict) for each in inner) else [value])
    return value


def _by_key(value: Any, item: str) -> list[dict[str, Any]]:
    """The list that a model wrote as an object keyed by paper ids: each inner object with its key as `item`; [] for
    other values.
    """
    if not (isinstance(value, dict) and all(isinstance(each, dict) and item not in each for each in value.values())):
        return []
    return [{item: key, **each} for key, each in value.items()] if all(map(_KEY.search, value)) else []


def _is_list_of(value: Any, item: str) -> bool:
    """Whether the value is a non-empty list of objects that have the field `item`."""
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) and item in each for each in value)


def _nothing(text: str, spans: Sequence[Span], name: str) -> str:
    """The error message if no object was found."""
    if not text.strip():
        return "the answer is empty"
    return f"no field {name} in the answer" if spans else "no JSON object in the answer"


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these pairs, with names in snake case. Raises BadReply if a field occurs twice."""
    # In snake case, as asked for: models also write `arxivId`, `Title-Words` and `Score`.
    value = {"_".join(_WORD.findall(key)).lower() if _NAME.fullmatch(key) else key: each for key, each in pairs}
    if len(value) != len(pairs):
        raise BadReply("the answer names a field twice")
    return value


# Decimals keep trailing zeros: a model may give the id 2306.12670 as a number.
_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=Decimal)


_FEWEST = 2  # words that must agree at least: some models repeat fewer than asked
_LETTERS = re.compile(r"[^\W_]+")


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
    return "".join(_LETTERS.findall(plain))
