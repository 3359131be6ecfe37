"""Drafts the description of a new topic (categories, keywords, criteria with labels, hints for triage, terms) from papers
that a group already lists.

Categories and keywords are found by counting. A model writes the criteria; without a model they are made by counting
words of titles. People correct them afterwards.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from string import ascii_lowercase
from typing import Any, Final

from watcher.domain.errors import BadReply
from watcher.domain.papers.paper import Paper
from watcher.domain.papers.topic import compile_group, searchable
from watcher.domain.prompts import quoted
from watcher.domain.replies import read_object
from watcher.domain.text import clipped, encodable, visible

GAPS: Final = frozenset({"theme", "language"})
_MOST_PAPERS, _ABSTRACT = 40, 400
_FEWEST, _MOST = 2, 7
_MOST_EXAMPLES = 12
_LONGEST, _LONGEST_LABEL, _LONGEST_TERM, _MOST_TERMS = 600, 40, 30, 24

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "belongs": {"type": "string"},
        "criteria": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"text": {"type": "string"}, "label_ja": {"type": "string"}},
                "required": ["text", "label_ja"],
                "additionalProperties": False,
            },
        },
        "outside": {"type": "string"},
        "could": {"type": "string"},
        "terms": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["belongs", "criteria", "outside", "could", "terms"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A drafted description of what belongs to a topic: `criteria` are pairs of text and label. Empty texts are left
    out.

    `outside` says what does not belong, `could` what may belong judging by one line, `terms` are research categories,
    `examples` titles of listed papers.
    """

    belongs: str
    criteria: tuple[tuple[str, str], ...]
    outside: str = ""
    could: str = ""
    terms: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()

    @property
    def labels(self) -> dict[str, str]:
        """The label that cards show for each criterion, by the criterion's letter."""
        return {letter: label for letter, (_, label) in zip(ascii_lowercase, self.criteria, strict=False)}


def counted(title: str, keywords: Keywords, papers: Sequence[Paper]) -> Draft:
    """Draft a topic's description without a model: a criterion for each core keyword, and titles of listed papers as
    examples.
    """
    names = keywords.core[:_MOST] or keywords.wider[:_MOST] or (title,)
    criteria = tuple((f"the paper is about {name}", name) for name in names)
    belongs = f"A paper belongs when its subject is 「{title}」: it is like the papers that the catalog lists."
    return Draft(belongs, criteria, examples=tuple(visible(paper.title) for paper in _sample(papers, _MOST_EXAMPLES)))


def question(papers: Sequence[Paper]) -> str:
    """The prompt's text from which a model drafts a topic's description: the papers that the group lists, or an even
    sample of them if there are many.
    """
    short = (
        replace(paper, abstract_raw=clipped(paper.abstract_raw, _ABSTRACT)) for paper in _sample(papers, _MOST_PAPERS)
    )
    return "\n\n".join(map(quoted, short))


def _sample(papers: Sequence[Paper], most: int) -> list[Paper]:
    """At most `most` of the papers, taken evenly over the whole list."""
    step = max(1.0, len(papers) / most)
    return [papers[int(n * step)] for n in range(min(most, len(papers)))]


def read_draft(text: str, finish: str) -> Draft:
    """Parse a model's answer into the draft of a topic's description. Raises BadReply if it has fewer than two criteria
    or does not say what belongs.
    """
    answer = read_object(text, finish, "criteria")
    found = answer["criteria"] if isinstance(answer["criteria"], list) else []
    pairs = [
        (_plain(one.get("text"), _LONGEST), _plain(one.get("label_ja"), _LONGEST_LABEL))
        for one in found
        if isinstance(one, dict)
    ]
    criteria = tuple((text, label or text[:_LONGEST_LABEL]) for text, label in pairs if text)[:_MOST]
    belongs = _plain(answer.get("belongs"), _LONGEST)
    if len(criteria) < _FEWEST or not belongs:
        raise BadReply("the answer names fewer than two criteria, or does not say what belongs")
    given = answer.get("terms")
    terms = [_plain(term, _LONGEST_TERM + 1) for term in given] if isinstance(given, list) else []
    kept = dict.fromkeys(term for term in terms if term and len(term) <= _LONGEST_TERM and "、" not in term)
    outside, could = (_plain(answer.get(name), _LONGEST) for name in ("outside", "could"))
    return Draft(belongs, criteria, outside, could, tuple(kept)[:_MOST_TERMS])


def _plain(value: object, longest: int) -> str:
    return clipped(visible(encodable(value)), longest) if isinstance(value, str) else ""


def criteria_text(title: str, draft: Draft) -> str:
    """Format a draft as the criteria file of a topic: Markdown that goes into the model's prompt and that curators
    read.
    """
    sides = [f"{letter}. {text}" for letter, (text, _) in zip(ascii_lowercase, draft.criteria, strict=False)]
    last = sides and sides[-1][0]
    lines = [
        f"# What belongs in the catalog 「{title}」",
        "",
        "Judged from title and abstract alone.",
        draft.belongs,
        "At least one of these holds:",
        "",
        *sides,
        "",
        *([f"Not enough: {draft.outside}", ""] if draft.outside else []),
        *(
            ["Papers that the catalog lists, as examples:", "", *(f"- {one}" for one in draft.examples), ""]
            * bool(draft.examples)
        ),
        "Score (one integer):",
        "- 4 core: a curator would add it at once; the theme is the paper's point.",
        f"- 3 in: fits one of a-{last} clearly, though the theme's own words may be absent.",
        "- 2 borderline: the tie to the theme is slight.",
        "- 1 near: shares words or setting only.",
        "- 0 out.",
        "Catalog-worthy = 3 or 4.",
    ]
    return "\n".join(lines) + "\n"


def triage_text(draft: Draft) -> str:
    """Format a draft as the text that tells the model in triage (its look at one line of each paper) which papers could
    belong to the topic; "" if the draft says nothing about it.
    """
    if not draft.could:
        return ""
    sides = [f"- {text}" for text, _ in draft.criteria]
    out = ["", f"Leave out, unless the line ties it to the above: {draft.outside}"] if draft.outside else []
    return "\n".join(["# What could belong", "", draft.belongs, "", *sides, "", draft.could, *out]) + "\n"


_ARXIV = re.compile(r"[a-z-]+(?:\.[A-Za-z]{2}|\.[a-z-]+)?")
_MOST_CATEGORIES, _ENOUGH, _LEAST_GAIN = 8, 0.97, 0.01
_MOST_CORE, _MOST_WIDER = 12, 40
_CORE_SHARE: Final = 0.05
"""Of a day's papers, the share that core keywords may let pass: what they find is scored at once."""
_CORE_LIFT, _WIDER_LIFT = 6.0, 2.0  # how many times more often a phrase is in listed titles than in today's
_LEAST_TITLES, _LEAST_SHARE = 2, 0.015
_MOST_WORDS = 3
_SAME = 0.8  # a phrase that stands this often in a longer one is named by that
_SHORTEST_WORD = 4
_SEGMENT = re.compile(r"[^a-z0-9 '’+-]+")
_WORD = re.compile(r"[a-z0-9][a-z0-9+]*")
_NO_PLURAL = re.compile(r"(?:ss|us|is|as|ics)$")
_STOPS_TEXT = (
    "a about above across after all an and any are as at be before behind between beyond by can do does down during each "
    "even every for from further has have here how if in into is it its itself just like many may more most much need "
    "no not of off on one only or other our out over own per should so some such than that the their them then there "
    "these they this those through to toward towards two under up upon using via vs was we what when where whether which "
    "while who why will with without within would you your"
)
_STOPS = frozenset(_STOPS_TEXT.split())
# Without a day's papers to compare with: what much of today's computer science is about.
_COMMON = frozenset({
    "language model", "large language", "large language model", "natural language", "reinforcement learning", "machine learning",
    "deep learning", "neural network", "foundation model", "diffusion model", "real world", "open source", "long horizon",
})  # fmt: skip
_INSIDE = frozenset({"to", "of", "in"})
# What titles of any field say. A phrase of nothing else names no subject.
_GENERAL_TEXT = (
    "adaptive advancing against analysis application approach approache automated aware based benchmark "
    "benchmarking better case challenge comparative comprehensive data dataset deep effect effective efficient "
    "empirical end enhancing evaluating evaluation exploring fast framework from general generalization high "
    "improved improving introduction investigating large learning long machine method model modeling multi "
    "network neural new novel online open opportunity optimization paper performance perspective position quality "
    "real report review robust scalable scale scaling self shot simple source study survey system task technical "
    "theory time toward training understanding unified"
)
_GENERAL = frozenset(_GENERAL_TEXT.split())


@dataclass(frozen=True, slots=True)
class CategoryShare:
    """A proposed category: how many of the group's listed papers are in it, the share (0–1) of them that this and the
    preceding proposals cover together, and how many papers arXiv announced in it today, None if that is not known.
    """

    name: str
    papers: int
    covered: float
    today: int | None


@dataclass(frozen=True, slots=True)
class Keywords:
    """Proposed keywords of a topic. A `core` keyword always passes a paper; `wider` ones count only where keywords
    alone screen. `titles` counts, for each core keyword, the listed titles that contain it; `today` is how many of
    today's papers the core keywords pass, None if unknown.
    """

    core: tuple[str, ...]
    wider: tuple[str, ...]
    titles: tuple[int, ...] = ()
    today: int | None = None


def is_category(name: str) -> bool:
    """Whether a name is an arXiv category rather than a subject class of another scheme (I.2.7, 68T50), which arXiv's
    metadata also hold.
    """
    return _ARXIV.fullmatch(name) is not None


def propose_categories(papers: Sequence[Paper], today: Sequence[Paper] | None = None) -> list[CategoryShare]:
    """Propose the fewest categories that cover nearly all of the listed papers, chosen greedily. `today` are the papers
    that arXiv announced today, to count each category's daily volume.
    """
    sets = [frozenset(filter(is_category, paper.categories)) for paper in papers]
    sizes = Counter(name for names in sets for name in names)
    announced = None if today is None else Counter(name for paper in today for name in set(paper.categories))
    left, found = [names for names in sets if names], list[CategoryShare]()
    total = len(left)
    while left and len(found) < _MOST_CATEGORIES and len(left) > (1 - _ENOUGH) * total:
        gains = Counter(name for names in left for name in names)
        best = max(gains, key=lambda name: (gains[name], sizes[name], name))
        if found and gains[best] < _LEAST_GAIN * total:
            break
        left = [names for names in left if best not in names]
        seen = None if announced is None else announced[best]
        found.append(CategoryShare(best, sizes[best], 1 - len(left) / total, seen))
    return found


def propose_keywords(papers: Sequence[Paper], today: Sequence[Paper] = ()) -> Keywords:
    """Propose as keywords the phrases that occur in many of the listed papers' titles and in few of today's papers.

    Core keywords are phrases of two or three words, chosen so that each adds listed papers and all together let pass at
    most a twentieth of `today`. Without today's papers only phrases that are common in every field are refused.
    """
    titles = [set(_phrases(paper.title)) for paper in papers]
    listed = Counter(phrase for phrases in titles for phrase in phrases)
    others = Counter(phrase for paper in today for phrase in set(_phrases(paper.title)))
    least = max(_LEAST_TITLES, math.ceil(_LEAST_SHARE * len(titles)))

    def lift(phrase: str) -> float:
        if not today:
            return _WIDER_LIFT if phrase in _COMMON else _CORE_LIFT
        return (listed[phrase] / len(titles)) / ((others[phrase] + 0.5) / (len(today) + 1))

    frequent = [phrase for phrase, count in listed.items() if count >= least and not _is_general(phrase)]
    longer = [phrase for phrase in frequent if " " in phrase]
    core = _core([phrase for phrase in longer if lift(phrase) >= _CORE_LIFT], titles, lift, today)
    wider = sorted(
        (
            phrase
            for phrase in frequent
            if phrase not in core
            and lift(phrase) >= _WIDER_LIFT
            and not _within(phrase, core)
            and not any(
                _within(more, [phrase]) and _SAME * listed[phrase] <= listed[more] for more in longer if more != phrase
            )
        ),
        key=lambda phrase: (-listed[phrase] * math.log(1 + lift(phrase)), phrase),
    )
    passed = _matching(core, [searchable(paper.title, paper.abstract) for paper in today]) if today else None
    return Keywords(tuple(core), tuple(wider[:_MOST_WIDER]), tuple(listed[phrase] for phrase in core), passed)


def _core(
    phrases: Sequence[str], titles: Sequence[set[str]], lift: Callable[[str], float], today: Sequence[Paper]
) -> list[str]:
    """The phrases that add most listed titles for the papers of a day that they let pass, within the share of a day."""
    texts = [searchable(paper.title, paper.abstract) for paper in today]
    left, chosen, rest = list(titles), list[str](), sorted(phrases)
    while rest and len(chosen) < _MOST_CORE:
        gains = {phrase: sum(phrase in title for title in left) for phrase in rest}
        best = max(rest, key=lambda phrase: (gains[phrase] * math.log(1 + lift(phrase)), phrase))
        if gains[best] < _LEAST_TITLES:
            break
        rest.remove(best)
        if texts and _matching([*chosen, best], texts) > max(1, _CORE_SHARE * len(texts)):
            continue
        chosen.append(best)
        left = [title for title in left if best not in title]
    return chosen


def _matching(keywords: Sequence[str], texts: Sequence[str]) -> int:
    pattern = compile_group(keywords) if keywords else None
    return sum(pattern.search(text) is not None for text in texts) if pattern else 0


def _within(phrase: str, keywords: Sequence[str]) -> bool:
    """Whether a core keyword is part of the phrase, so that the phrase as a keyword would find nothing more."""
    return any(f" {keyword} " in f" {phrase} " for keyword in keywords)


def _is_general(phrase: str) -> bool:
    words = phrase.split()
    return all(word in _GENERAL or word.isdigit() for word in words) or (
        len(words) == 1 and (len(phrase) < _SHORTEST_WORD or phrase in _GENERAL)
    )


def _phrases(title: str) -> Iterator[str]:
    """The runs of one to three words in a title, lower case and singular, none beginning or ending with a stop word."""
    for segment in _SEGMENT.split(searchable(title)):
        words = _WORD.findall(segment.replace("-", " "))
        for size in range(1, _MOST_WORDS + 1):
            for start in range(len(words) - size + 1):
                run = words[start : start + size]
                if run[0] not in _STOPS and run[-1] not in _STOPS and _INSIDE.issuperset(_STOPS.intersection(run)):
                    yield " ".join([*run[:-1], _singular(run[-1])])


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not _NO_PLURAL.search(word) else word
