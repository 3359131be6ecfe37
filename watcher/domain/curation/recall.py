"""Estimates the recall of screening from a weekly random sample of the papers it rejected, which curators judge, and the
recall of triage from plants: papers known to be relevant that are hidden among the new ones.

Otherwise nobody would see rejected papers, and the mistakes of screening would stay unknown. A hash of topic, week and
paper id draws the sample: drawing again gives the same papers, and every paper's probability of being drawn is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from watcher.domain.facts import AuditAnswer, AuditSample, Candidate, Screening
from watcher.domain.screening.measure import LEVEL, Estimate, exact_share, proportion
from watcher.domain.text import fingerprint

NEAR, FAR, UNRATED = "near", "far", "unrated"
_STRATA = (NEAR, FAR, UNRATED)
"""Strata of the sample: near the prefilter's threshold, far below it, and papers without a probability."""

FEWEST_ANSWERS = 30
FEWEST_PER_STRATUM = 10
"""Answers needed before an estimate is shown. With fewer, the interval is too wide to be useful: if none of 10 papers
is relevant, 30 % of all rejected papers still may be.
"""

_NEAR_SHARE = 0.1  # of the papers that have a probability


@dataclass(frozen=True, slots=True)
class ScreenedOut:
    """A candidate that screening rejected, from which the weekly audit sample may be drawn. `probability` is the
    prefilter's, None if it gave none.
    """

    number: int
    key: str
    probability: float | None


@dataclass(frozen=True, slots=True)
class AuditCard:
    """A paper of the audit sample (papers that screening rejected) as shown to curators, with their latest answer and
    how many answers were given in all. `line_ja` is its title in Japanese: None if no model was asked, empty if no
    answer could be used.
    """

    candidate: Candidate
    screening: Screening
    sample: AuditSample
    answer: AuditAnswer | None = None
    answers: int = 0
    line_ja: str | None = None


AT_ONCE = 20
"""The most papers in one message; Slack's limit of 50 blocks leaves room for that many."""

_SECONDS_EACH = 12  # for a title, a line about it and a click


@dataclass(frozen=True, slots=True)
class AuditSheet:
    """A message to curators with a topic's audit sample of a week (papers that screening rejected), or with a `part` of
    the sample if it is too long for one message.
    """

    topic: str
    week: str
    cards: tuple[AuditCard, ...]
    part: int = 1

    @property
    def key(self) -> str:
        """The part of the message's outbox key that identifies it: topic, week, and part if it is not the first."""
        return f"{self.topic}/{self.week}" + (f"/{self.part}" if self.part > 1 else "")

    @property
    def minutes(self) -> int:
        """An estimate of the minutes that answering all questions of this message takes."""
        return max(1, round(len(self.cards) * _SECONDS_EACH / 60))


def sheets(cards: Iterable[AuditCard]) -> list[AuditSheet]:
    """Divide the papers of audit samples into messages: one for each topic and week, more if they do not fit into one."""
    weeks: dict[tuple[str, str], list[AuditCard]] = {}
    for card in sorted(cards, key=lambda card: card.candidate.number):
        weeks.setdefault((card.candidate.topic, card.sample.week), []).append(card)
    return [
        AuditSheet(topic, week, tuple(found[start : start + AT_ONCE]), start // AT_ONCE + 1)
        for (topic, week), found in sorted(weeks.items())
        for start in range(0, len(found), AT_ONCE)
    ]


@dataclass(frozen=True, slots=True)
class Recall:
    """The estimated recall of screening: which share of the relevant papers it lets pass.

    `drawn` and `answered` count sampled papers, `belonging` those that were answered as relevant. `found` counts the
    papers that passed and were approved, in the weeks that have answers. `lacking` is how many answers are still
    needed; until it is 0, the estimates are None. `missed` estimates the number of relevant papers among the rejected
    ones, `share` (0–1) the recall; `share` is None while nothing was approved.
    """

    drawn: int
    answered: int
    belonging: int
    found: int
    lacking: int
    missed: Estimate | None = None
    share: Estimate | None = None

    @property
    def at_worst(self) -> float | None:
        """The lower end of the confidence interval of recall, None without an estimate. Only this end is shown: the
        interval is wide for any number of answers that curators have time for.
        """
        return self.share.low if self.share else None


def draw(papers: Iterable[ScreenedOut], topic: str, week: str, count: int) -> list[tuple[int, AuditSample]]:
    """Draw at most `count` rejected papers for a week's audit sample; return pairs of (candidate number, AuditSample).

    Every stratum gives about the same number. The stratum near the threshold (the upper tenth by probability) is small,
    so its papers are drawn more often: most of the missed papers should be there. Weighting undoes this when recall is
    estimated.
    """
    strata = _strata(papers, topic, week)
    taken = _evenly({name: len(members) for name, members in strata.items()}, count)
    return [
        (paper.number, AuditSample(week, name, len(members), taken[name] / len(members)))
        for name, members in strata.items()
        for paper in members[: taken[name]]
    ]


def _strata(papers: Iterable[ScreenedOut], topic: str, week: str) -> Mapping[str, Sequence[ScreenedOut]]:
    """The strata that are not empty, each shuffled by SHA-256."""
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
    """How many papers to take from each stratum: one at a time in turn, until `count` or all are taken."""
    taken: Counter[str] = Counter()
    while sum(taken.values()) < min(count, sum(sizes.values())):
        for name, size in sizes.items():
            if taken[name] < size and sum(taken.values()) < count:
                taken[name] += 1
    return taken


def recall(cards: Iterable[AuditCard], approved: Mapping[str, int]) -> Recall:
    """Estimate the recall of screening from the answers to audit samples; `approved` maps a week to the number of
    papers that were approved.
    """
    drawn = list(cards)
    answered = [card for card in drawn if card.answer is not None]
    weeks = {card.sample.week for card in answered}
    told = [card for card in drawn if card.sample.week in weeks]
    strata = [name for name in _STRATA if any(card.sample.stratum == name for card in told)]
    counted = Counter(card.sample.stratum for card in answered)
    short = sum(max(0, FEWEST_PER_STRATUM - counted[name]) for name in strata)
    # Only weeks with answers count on both sides, else recall would compare different weeks.
    found = sum(approved.get(week, 0) for week in weeks)
    lacking = max(FEWEST_ANSWERS - len(answered), short)
    known = Recall(len(drawn), len(answered), sum(map(_belongs, answered)), found, max(0, lacking))
    if known.lacking:
        return known
    level = 1 - (1 - LEVEL) / len(strata)  # Bonferroni: with 95 % confidence all strata lie in their intervals at once
    parts = [_missed([card for card in told if card.sample.stratum == name], level) for name in strata]
    missed = Estimate(sum(p.value for p in parts), sum(p.low for p in parts), sum(p.high for p in parts))
    share = None
    if found:  # recall falls as the number of missed papers rises, so the ends of the interval change places
        low, value, high = (found / (found + many) for many in (missed.high, missed.value, missed.low))
        share = Estimate(value, low, high)
    return replace(known, missed=missed, share=share)


def _belongs(card: AuditCard) -> bool:
    return card.answer is not None and card.answer.belongs


def _missed(cards: Sequence[AuditCard], level: float) -> Estimate:
    """Estimate how many papers of one stratum are relevant, over all sampled weeks. An answer weighs as many papers as
    it stands for in its week.
    """
    sizes = {card.sample.week: card.sample.size for card in cards}
    counted = Counter(card.sample.week for card in cards if card.answer is not None)
    weights = [(sizes[c.sample.week] / counted[c.sample.week], _belongs(c)) for c in cards if c.answer is not None]
    of_all, size = proportion(weights, level) or Estimate(0.0, 0.0, 1.0), sum(sizes.values())
    return Estimate(of_all.value * size, of_all.low * size, of_all.high * size)


FEWEST_PLANTS = 20
"""The number of distinct planted papers from which recall is reported; with fewer the interval is too wide."""


@dataclass(frozen=True, slots=True)
class TriageRecall:
    """How well triage finds relevant papers: of `asked` plants (papers known to be relevant, hidden among new ones) it
    named `named`.

    Each paper counts once, when it was first asked about, because the same line gets nearly the same answer again.
    `bare` of all `batches` held no plant and are therefore untested.
    """

    asked: int = 0
    named: int = 0
    batches: int = 0
    bare: int = 0

    @property
    def share(self) -> Estimate | None:
        """The recall of triage, estimated from plants, with its confidence interval; None for fewer than 20 plants."""
        return exact_share(self.named, self.asked) if self.asked >= FEWEST_PLANTS else None


def triage_recall(
    readings: Iterable[tuple[Collection[str], Collection[str]]], news: AbstractSet[str] = frozenset()
) -> TriageRecall:
    """Compute the recall of triage from its accepted answers in order, each as (keys of its plants, keys of the plants
    it missed).

    Plants whose key is in `news`, because triage once read them as new papers, do not count: most of them are known to
    be relevant only because triage named them, and it would name them again.
    """
    seen, asked, named, batches, bare = set[str](news), 0, 0, 0, 0
    for plants, missed in readings:
        first = set(plants) - seen
        seen |= first
        asked += len(first)
        named += len(first.difference(missed))
        batches += 1
        bare += not plants
    return TriageRecall(asked, named, batches, bare)
