"""Candidate -> Screening: the stage that decides cheaply, by keywords and prefilter, whether the paid model is asked, and
the threshold of the prefilter that lets a given share of papers pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from watcher.domain.facts import Candidate, Screening
from watcher.domain.papers.topic import KeywordGroup, Topic, compile_group, searchable
from watcher.domain.text import fingerprint
from watcher.ports import PaperStore, Prefilter

_CORE, _BELOW_CORE, _NO_PRIORITY = 0, 1, 9  # papers without a keyword are scored last
_PAPERS = 1_500  # more than are screened for a topic at a time


@dataclass(frozen=True, slots=True)
class _Found:
    group: str
    priority: int
    keywords: tuple[str, ...]


class _Group:
    """A keyword group with its compiled patterns."""

    def __init__(self, group: KeywordGroup) -> None:
        self.name, self.priority = group.name, group.priority
        self._pattern = compile_group(group.keywords)

    def find(self, text: str) -> _Found | None:
        hits = set(self._pattern.findall(text))
        return _Found(self.name, self.priority, tuple(sorted(hits))) if hits else None


@lru_cache(maxsize=_PAPERS)
def _text(title: str, abstract: str) -> str:
    """The text of a paper in which keywords are looked for; cached, because several topics look at the same paper in
    turn.
    """
    return searchable(title, abstract)


class Screen:
    """A callable that screens papers for one topic, with the keywords compiled. `rule` identifies keywords and
    prefilter in every fact made with them.

    `share` (0–1) is the share of announced papers to let pass, as far as the prefilter gives probabilities. With
    `triage` all others go to triage.
    """

    def __init__(self, topic: Topic, prefilter: Prefilter, share: float = 0.1, *, triage: bool = False) -> None:
        self._topic = topic
        self._prefilter = prefilter
        self._share = share
        self._triage = triage
        groups = [_Group(group) for group in topic.groups]
        self._core = [group for group in groups if group.priority == _CORE]
        self._others = [group for group in groups if group.priority != _CORE]
        texts = [f"{g.name}:{g.priority}:{','.join(g.keywords)}" for g in topic.groups]
        self.rule = f"{prefilter.name}:{fingerprint(*texts)}"

    def threshold(self, papers: PaperStore) -> float | None:
        """The probability from which papers pass now, computed from the probabilities that the same prefilter gave to
        recent papers; None without a trained prefilter.
        """
        trained = self._prefilter.trained
        if not trained:
            return None
        return threshold(
            papers.recent_probabilities(self._topic.slug, trained, REFERENCE), self._prefilter.usual, self._share
        )

    def __call__(self, candidate: Candidate, threshold: float | None = None) -> Screening:
        """Screen a paper. A core keyword always passes it. Otherwise the prefilter's probability decides; without one,
        any keyword does, unless triage looks at all others.

        Keywords of a paper that the probability keeps out are not recorded: looking for them takes longer than
        everything else.
        """
        paper = candidate.paper
        text = _text(paper.title, paper.abstract)
        probability = self._prefilter.probability(paper)
        found = [hit for group in self._core if (hit := group.find(text))]
        core = bool(found)
        needed = threshold if probability is not None else None
        likely = probability is not None and needed is not None and probability >= needed
        if found or likely or needed is None:
            found += [hit for group in self._others if (hit := group.find(text))]
        priority = min((hit.priority for hit in found), default=_NO_PRIORITY)
        passed = core or likely or (bool(found) and not self._triage)
        return Screening(
            passed=passed,
            groups=tuple(hit.group for hit in found),
            keywords=tuple(keyword for hit in found for keyword in hit.keywords),
            priority=min(priority, _BELOW_CORE) if likely else priority,
            probability=probability,
            rule=self.rule,
            threshold=needed,
            prefilter=self._prefilter.trained,
            triage=self._triage and not passed,
        )


REFERENCE = 3000
"""The number of recent papers the threshold is computed from: about a week of the shipped topic, so that no single day
decides it.
"""


def threshold(recent: Sequence[float], usual: Sequence[float], share: float) -> float:
    """The prefilter's probability from which papers pass screening, chosen so that the given share (0–1) of papers
    reaches it.

    `recent` are the prefilter's probabilities of the latest papers. If they are fewer than REFERENCE, `usual` ones,
    kept from training, take the place of the missing. With neither, everything passes.
    """
    # Each typical probability weighs as many missing papers as it stands for.
    missing = max(0, REFERENCE - len(recent)) / len(usual) if usual else 0.0
    weighed = sorted([*((value, 1.0) for value in recent), *((value, missing) for value in usual)], reverse=True)
    room = share * sum(weight for _, weight in weighed)
    reached = 0.0
    for value, weight in weighed:
        reached += weight
        if reached > room:
            return value
    return 0.0
