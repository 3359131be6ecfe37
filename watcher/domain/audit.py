"""Papers screened out in a week -> the few that curators look at all the same, and what their answers say of the rest.

Nobody sees what screening drops, so its mistakes would never show. Papers are drawn by a hash of topic, week and id: the
draw can be repeated, and each paper's chance of being drawn is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from watcher.domain.facts import AuditAnswer, AuditSample, Candidate, Screening
from watcher.domain.intervals import LEVEL, Estimate, exact_share
from watcher.domain.prompt import fingerprint

NEAR, FAR, UNRATED = "near", "far", "unrated"
STRATA = (NEAR, FAR, UNRATED)

FEWEST_ANSWERS = 30
FEWEST_PER_STRATUM = 10
"""With fewer answers an interval is so wide that any figure in it would mislead: with none of 10 papers belonging,
3 in 10 of all that was screened out may still belong."""

_NEAR_SHARE = 0.1  # of what has a probability: where most of what is missed should be


@dataclass(frozen=True, slots=True)
class ScreenedOut:
    """A candidate that screening kept from the model, with the prefilter's probability where it had one."""

    number: int
    key: str
    probability: float | None


@dataclass(frozen=True, slots=True)
class AuditCard:
    """A paper of the audit sample as curators see it; `answers` counts all that were given."""

    candidate: Candidate
    screening: Screening
    sample: AuditSample
    answer: AuditAnswer | None = None
    answers: int = 0


@dataclass(frozen=True, slots=True)
class Recall:
    """How much of what belongs comes through screening, as far as the audit's answers tell.

    `found` papers came through and were approved, in the weeks of which something was answered. `lacking` answers are
    still needed; until they are there, `missed` (papers of those weeks) and `share` (0-1) are None. `share` is None too
    while nothing was found.
    """

    drawn: int
    answered: int
    belonging: int
    found: int
    lacking: int
    missed: Estimate | None = None
    share: Estimate | None = None


def draw(papers: Iterable[ScreenedOut], topic: str, week: str, count: int) -> list[tuple[int, AuditSample]]:
    """At most `count` papers by number, drawn at random but the same ones whenever it is done again.

    The strata share the draw evenly: near the prefilter's threshold (the upper tenth by probability), far from it, and
    papers without a probability. So the draw tells most where most is missed, and its weights undo the favor.
    """
    strata = _strata(papers, topic, week)
    taken = _evenly({name: len(members) for name, members in strata.items()}, count)
    return [
        (paper.number, AuditSample(week, name, len(members), taken[name] / len(members)))
        for name, members in strata.items()
        for paper in members[: taken[name]]
    ]


def _strata(papers: Iterable[ScreenedOut], topic: str, week: str) -> Mapping[str, Sequence[ScreenedOut]]:
    """The strata that hold papers, each in an order as random as SHA-256 makes it."""
    shuffled = sorted(papers, key=lambda paper: fingerprint(topic, week, paper.key))
    rated = [(paper.probability, paper) for paper in shuffled if paper.probability is not None]
    near = sorted(rated, key=lambda pair: -pair[0])[: round(len(rated) * _NEAR_SHARE)]
    close = {paper.number for _, paper in near}
    strata = {
        NEAR: [paper for _, paper in rated if paper.number in close],
        FAR: [paper for _, paper in rated if paper.number not in close],
        UNRATED: [paper for paper in shuffled if paper.probability is None],
    }
    return {name: members for name, members in strata.items() if members}


def _evenly(sizes: Mapping[str, int], count: int) -> Counter[str]:
    """How many each stratum gives: turn by turn, as long as it has any."""
    taken: Counter[str] = Counter()
    while sum(taken.values()) < min(count, sum(sizes.values())):
        for name, size in sizes.items():
            if taken[name] < size and sum(taken.values()) < count:
                taken[name] += 1
    return taken


def recall(cards: Iterable[AuditCard], approved: Mapping[str, int]) -> Recall:
    """What the answers say of all that was screened out; `approved` counts by week the papers that came through."""
    drawn = list(cards)
    answered = [card for card in drawn if card.answer is not None]
    weeks = {card.sample.week for card in answered}
    told = [card for card in drawn if card.sample.week in weeks]
    strata = [name for name in STRATA if any(card.sample.stratum == name for card in told)]
    counted = Counter(card.sample.stratum for card in answered)
    short = sum(max(0, FEWEST_PER_STRATUM - counted[name]) for name in strata)
    found = sum(approved.get(week, 0) for week in weeks)
    lacking = max(FEWEST_ANSWERS - len(answered), short)
    known = Recall(len(drawn), len(answered), sum(map(_belongs, answered)), found, max(0, lacking))
    if known.lacking:
        return known
    level = 1 - (1 - LEVEL) / len(strata)  # all strata at once are to lie in their intervals 19 times in 20
    parts = [_missed([card for card in told if card.sample.stratum == name], level) for name in strata]
    missed = Estimate(sum(p.value for p in parts), sum(p.low for p in parts), sum(p.high for p in parts))
    share = None
    if found:
        low, value, high = (found / (found + many) for many in (missed.high, missed.value, missed.low))
        share = Estimate(value, low, high)
    return replace(known, missed=missed, share=share)


def _belongs(card: AuditCard) -> bool:
    return card.answer is not None and card.answer.belongs


def _missed(cards: Sequence[AuditCard], level: float) -> Estimate:
    """How many papers of a stratum belong, over the weeks drawn from.

    A week's answers stand for all that was screened out in it, so they weigh differently; the interval is the exact
    one for the sample size that equal weights would need to say as much (Kish's effective size).
    """
    sizes = {card.sample.week: card.sample.size for card in cards}
    counted = Counter(card.sample.week for card in cards if card.answer is not None)
    weights = [(sizes[c.sample.week] / counted[c.sample.week], _belongs(c)) for c in cards if c.answer is not None]
    total = sum(weight for weight, _ in weights)
    effective = total**2 / sum(weight**2 for weight, _ in weights)
    positive = min(1.0, sum(weight for weight, belongs in weights if belongs) / total)
    of_all = exact_share(positive * effective, effective, level)
    size = sum(sizes.values())
    return Estimate(of_all.value * size, of_all.low * size, of_all.high * size)
