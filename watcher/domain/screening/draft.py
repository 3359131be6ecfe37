"""Drafts the description of a topic (criteria with labels, hints for triage, terms) from papers that a group already
lists.

A model writes the draft; without a model it is made by counting words of titles. People correct it afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from string import ascii_lowercase
from typing import Any, Final

from watcher.domain.errors import BadReply
from watcher.domain.hostile.quotation import quoted
from watcher.domain.papers.paper import Paper
from watcher.domain.replies import read_object
from watcher.domain.screening.from_papers import Keywords
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
