"""Retrains a topic's prefilter from the shipped labels and curators' answers; the new one is used
unless it is worse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from watcher.adapters.prefilters.features import Phrases
from watcher.adapters.prefilters.learned import Learned
from watcher.adapters.prefilters.trained import Trained
from watcher.adapters.prefilters.training import out_of_fold, train
from watcher.bootstrap.prefilters import prefilter_of, shipped, starter_file
from watcher.domain.errors import WatcherError
from watcher.domain.papers.topic import Topic
from watcher.domain.screening.intervals import Estimate
from watcher.domain.screening.label import BELONGS, CORE, Label, LabeledPaper
from watcher.domain.screening.measure import recall_within
from watcher.domain.screening.threshold import REFERENCE
from watcher.logs import get_logger
from watcher.ports import Store, TrainedPrefilter
from watcher.settings import Settings
from watcher.training.files import merged, read_labels

_log = get_logger(__name__)
CORE_SHARE = 0.03
"""The share of papers at which the recall of core papers is compared."""
_SAME = 1e-9  # sums of floats in another order may differ by this much

# Scores (0-4) for curators' answers. A rejected card had been scored high by the model, so it is close to the topic; a
# paper of the audit sample had not.
_APPROVED, _REJECTED, _AUDITED_OUT = 3.0, 1.0, 0.0


@dataclass(frozen=True, slots=True)
class Retrained:
    """The result of a training. `reason` says why the new prefilter is used or not: same, first, not worse, worse."""

    name: str
    used: bool
    reason: str
    evidence: dict[str, object]


def retrain(
    settings: Settings, store: Store, topic: Topic, at: datetime, more: Sequence[LabeledPaper] = ()
) -> Retrained:
    """Train a prefilter from all labels, store it, and use it unless it performs worse than the one in use.

    Both are evaluated out of fold on the same papers; the one in use is trained again only on the papers it was trained
    on. Raises ConfigError without scikit-learn, UsageError with too few labels.
    """
    taught = curator_labels(store, topic)
    labeled = merged([starter_labels(settings, topic), more, taught])
    phrases = Phrases.of(topic.themes)
    taken = store.prefilters.taken_in(topic.slug, 2 * REFERENCE)
    announced = [paper for paper, _, _ in taken if paper.abstract]  # abstracts may be forgotten
    made = train(labeled, phrases, topic.slug, announced)
    before = prefilter_of(settings, store, topic.slug)
    if before is not None and before.name == made.name:
        return Retrained(made.name, used=True, reason="same", evidence={})
    mine = _measured(labeled, out_of_fold(labeled, phrases), settings.values.screen.share)
    evidence: dict[str, object] = {
        "labeled": len(labeled),
        "belonging": sum(one.belongs for one in labeled),
        "taught": len(taught),
        "measured": _plain(mine),
    }
    used, reason = True, "first"
    if before is not None:
        old = Trained.load(before.content, before.name)
        known = [one for one in labeled if one.paper in old.learned_from]
        theirs = _measured(labeled, out_of_fold(labeled, old.phrases, known), settings.values.screen.share)
        evidence |= {"against": before.name, "measured_of_it": _plain(theirs)}
        used = all(new.value >= then.value - _SAME for new, then in zip(mine, theirs, strict=True))
        reason = "not worse" if used else "worse"
        store.prefilters.add(topic.slug, before, at)  # the shipped one may not be stored yet; `use_prefilter` needs it
    store.prefilters.add(topic.slug, TrainedPrefilter(made.name, made.dump(), evidence), at)
    if used:
        store.prefilters.choose(topic.slug, made.name, reason, at)
    return Retrained(made.name, used, reason, evidence)


def use_prefilter(settings: Settings, store: Store, topic: Topic, name: str, at: datetime) -> None:
    """Use a stored prefilter, or the shipped one. Raises UsageError if there is none of this name."""
    original = shipped(settings, topic.slug)
    if original is not None and original.name == name:
        store.prefilters.add(topic.slug, original, at)
    store.prefilters.choose(topic.slug, name, "by hand", at)


def starter_labels(settings: Settings, topic: Topic) -> list[LabeledPaper]:
    """The labels that are shipped with a topic, empty if there are none."""
    path = starter_file(settings, topic.slug)
    return list(read_labels(path).texts.values()) if path.is_file() else []


def curator_labels(store: Store, topic: Topic) -> list[LabeledPaper]:
    """Labels from curators' decisions on cards and from their answers to audit samples; of a paper with both, the
    decision.
    """
    audited = [
        LabeledPaper.of(
            Label(
                str(card.candidate.paper.id),
                _APPROVED if card.answer.belongs else _AUDITED_OUT,
                card.sample.weight,
                card.candidate.announced_at.date(),
            ),
            card.candidate.paper,
        )
        for card in store.audits.cards(topic.slug)
        if card.answer is not None
    ]
    decided = [
        LabeledPaper.of(
            Label(str(one.paper.id), _APPROVED if one.belongs else _REJECTED, 1.0, one.announced_at.date()), one.paper
        )
        for one in store.prefilters.lessons(topic.slug)
    ]
    return merged([audited, decided])


def answers_since_training(store: Store, topic: Topic) -> int:
    """The number of curators' decisions and answers since the last training."""
    kept = store.prefilters.all(topic.slug)
    last = max((at for _, at, _ in kept), default=None)
    given = [one.at for one in store.prefilters.lessons(topic.slug)]
    given += [card.answer.at for card in store.audits.cards(topic.slug) if card.answer is not None]
    return sum(last is None or at > last for at in given)


def _measured(labeled: Sequence[LabeledPaper], scores: Sequence[float], share: float) -> list[Estimate]:
    """The recall of relevant papers at the configured share, and that of core papers at CORE_SHARE."""
    scored = [(score, one.label) for score, one in zip(scores, labeled, strict=True)]
    found = [recall_within(scored, share, BELONGS), recall_within(scored, CORE_SHARE, CORE)]
    return [estimate for estimate in found if estimate is not None]


def _plain(measured: Sequence[Estimate]) -> list[list[float]]:
    """The estimates as lists of rounded numbers, for JSON."""
    return [[round(part, 4) for part in (one.value, one.low, one.high)] for one in measured]


def retrain_due_topics(settings: Settings, store: Store, at: datetime) -> None:
    """Retrain every topic with enough new answers since its last training; results and failures are logged."""
    wanted = settings.values.screen.retrain_after
    if settings.values.screen.prefilter != Learned.name or not wanted:
        return
    for topic in settings.topics:
        count = answers_since_training(store, topic)
        if count < wanted:
            continue
        try:
            found = retrain(settings, store, topic, at)
        except WatcherError as error:
            _log.warning("retraining failed", topic=topic.slug, decisions=count, error=error)
        else:
            _log.info(
                "a prefilter was trained", topic=topic.slug, prefilter=found.name, decisions=count, reason=found.reason
            )
