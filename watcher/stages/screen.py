"""Candidate -> Screening: the cheap yes or no before any model is paid."""

from __future__ import annotations

from watcher.domain.facts import Candidate, Screening
from watcher.domain.keywords import compile_group, searchable
from watcher.domain.prompt import fingerprint
from watcher.domain.topic import Topic
from watcher.ports import Prefilter

_NO_PRIORITY = 9


class Screen:
    """A topic's keywords made ready; `rule` names keywords and prefilter in every fact made with them."""

    def __init__(self, topic: Topic, prefilter: Prefilter) -> None:
        self._topic = topic
        self._prefilter = prefilter
        self._groups = [(group, compile_group(group.keywords)) for group in topic.groups]
        texts = [f"{g.name}:{g.priority}:{','.join(g.keywords)}" for g in topic.groups]
        self.rule = f"{prefilter.name}:{fingerprint(*texts)}"

    def __call__(self, candidate: Candidate) -> Screening:
        """Pass a paper that holds a keyword of any group, unless the prefilter says no."""
        paper = candidate.paper
        text = searchable(paper.title, paper.abstract)
        groups: list[str] = []
        found: list[str] = []
        priority = _NO_PRIORITY
        for group, pattern in self._groups:
            hits = set(pattern.findall(text))
            if hits:
                groups.append(group.name)
                found.extend(sorted(hits))
                priority = min(priority, group.priority)
        probability = self._prefilter.probability(paper, self._topic)
        return Screening(
            passed=bool(groups) and self._prefilter.keeps(probability),
            groups=tuple(groups),
            keywords=tuple(found),
            priority=priority,
            probability=probability,
            rule=self.rule,
        )
