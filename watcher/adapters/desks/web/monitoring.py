"""Endpoints for monitoring: /health, /ready, and /metrics in Prometheus's text format.

Labels take only values from fixed sets (stages, feeds, topics, alarms), so the number of series does not grow with the
papers.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from watcher import __version__
from watcher.adapters.desks.web.guard import unauthorized
from watcher.domain.health import AlarmKind, Vitals
from watcher.domain.text import visible

METRICS_PATH = "/metrics"


def _nothing() -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class Probes:
    """The data behind the web server's monitoring endpoints.

    `dead` lists the parts of this process that no longer run, `readiness_problems` what keeps it from working; both
    texts are public and must reveal nothing. `vitals` returns the figures for /metrics; without it there is no
    /metrics. With a `token`, /metrics requires it as a bearer token; without one it requires a session as the pages do.
    """

    dead: Callable[[], Sequence[str]] = _nothing
    readiness_problems: Callable[[], Sequence[str]] = _nothing
    vitals: Callable[[], Vitals] | None = None
    token: str = ""

    def routes(self) -> list[Route]:
        """The routes of the monitoring endpoints (/health, /ready, /metrics)."""
        figures = [Route(METRICS_PATH, self._figures)] if self.vitals else []
        return [Route("/health", self._health), Route("/ready", self._ready), *figures]

    def _health(self, _request: Request) -> Response:
        """GET /health: `ok` while all parts of the process run, else 503."""
        return _status(self.dead())

    def _ready(self, _request: Request) -> Response:
        """GET /ready: `ok` while the process can do its work, else 503."""
        return _status([*self.dead(), *self.readiness_problems()])

    def _figures(self, request: Request) -> Response:
        """GET /metrics in Prometheus's text format."""
        if self.token and not self._admits(request.headers.get("authorization", "")):
            return unauthorized()
        assert self.vitals is not None  # noqa: S101 - else there is no such route
        return Response(exposition(self.vitals()), headers={"Content-Type": CONTENT_TYPE})

    def _admits(self, header: str) -> bool:
        """Whether an Authorization header contains the token, compared in constant time."""
        kind, _, shown = header.partition(" ")
        digests = [hashlib.sha256(text.encode()).digest() for text in (shown.strip(), self.token)]
        return hmac.compare_digest(*digests) and kind.lower() == "bearer"


def _status(reasons: Sequence[str]) -> Response:
    """`ok`, or 503 with the reasons."""
    if not reasons:
        return PlainTextResponse("ok")
    return PlainTextResponse("\n".join(reasons), HTTPStatus.SERVICE_UNAVAILABLE)


CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_FEEDS = 40  # more than any deployment watches; further feeds are left out
_FEED_NAME = 80

_Values = dict[tuple[str, ...], float]


# Computed from the database, not from counters in memory: values survive a restart and agree in all processes.
def exposition(vitals: Vitals) -> bytes:
    """The metrics of the deployment in Prometheus's text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_VitalsCollector(vitals))
    return generate_latest(registry)


class _VitalsCollector(Collector):
    """Converts the state of a deployment to Prometheus metrics."""

    def __init__(self, vitals: Vitals) -> None:
        self._vitals = vitals

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics of the deployment."""
        v = self._vitals
        yield _gauge("watcher_info", "The version that runs.", ["version"], {(__version__,): 1})
        yield _counter("watcher_facts", "Facts added, by stage.", "stage", v.done)
        yield _by("watcher_waiting", "Candidates that wait, by stage.", {s: w.count for s, w in v.waiting.items()})
        yield _by(
            "watcher_oldest_waiting_seconds",
            "For how long the oldest candidate waits, by stage.",
            {stage: waiting.seconds(v.at) for stage, waiting in v.waiting.items()},
        )
        yield _one(
            "watcher_cards_unanswered", "Cards without a decision.", v.waiting["decide"].count if v.waiting else 0
        )
        yield _one("watcher_outbox", "Messages intended and not known to be sent.", v.unsent.count)
        yield _one("watcher_outbox_oldest_seconds", "Age of the oldest of them.", v.unsent.seconds(v.at))
        yield _by("watcher_failing", "Failures that stand, by stage.", v.failing)
        yield _one("watcher_unread_days", "Announcement days that nobody has read.", len(v.unread))
        standing = {str(kind): float(kind in v.alarms) for kind in AlarmKind}
        yield _gauge("watcher_alarm", "1 while an alarm stands.", ["kind"], _keyed(standing))
        yield from self._recalls()
        yield from self._calls()
        yield from self._times()

    def _recalls(self) -> Iterator[Metric]:
        """Metrics of recall: that of triage on known papers, and the lower limit by the audit samples."""
        known, shares, worst = _Values(), _Values(), _Values()
        for topic, (audited, triage) in self._vitals.recalls.items():
            known |= {(topic, "asked"): triage.asked, (topic, "named"): triage.named}
            if triage.share is not None:
                shares |= {(topic, bound): getattr(triage.share, bound) for bound in ("low", "value", "high")}
            if audited.at_worst is not None:
                worst[topic,] = audited.at_worst
        told = "Distinct known papers that triage was first asked about in a quarter, and those of them it named."
        yield _gauge("watcher_triage_known", told, ["topic", "outcome"], known)
        told = "Recall of triage on known papers, with its 95 % interval; absent below 20 of them."
        yield _gauge("watcher_triage_recall", told, ["topic", "bound"], shares)
        told = "Recall of screening and triage that the random audit of a quarter allows at worst."
        yield _gauge("watcher_recall_at_worst", told, ["topic"], worst)

    def _calls(self) -> Iterator[Metric]:
        """Metrics of model calls, tokens and cost."""
        spent = self._vitals.spent
        yield _counter("watcher_model_calls", "Calls of models.", "stage", {s: u.calls for s, u in spent.items()})
        tokens = CounterMetricFamily("watcher_model_tokens", "Tokens sent and written.", labels=["stage", "direction"])
        for stage, usage in spent.items():
            tokens.add_metric([stage, "sent"], usage.prompt_tokens)
            tokens.add_metric([stage, "written"], usage.completion_tokens)
        yield tokens
        yield _counter("watcher_model_usd", "US dollars.", "stage", {s: u.cost_usd for s, u in spent.items()})
        yield _one("watcher_model_usd_today", "US dollars since midnight in Tokyo.", self._vitals.today.cost_usd)

    def _times(self) -> Iterator[Metric]:
        """Metrics of feeds, runs, pushes and digests."""
        v = self._vitals
        feeds: dict[tuple[str, ...], float] = {
            (visible(feed.name)[:_FEED_NAME], str(feed.state)): 1 for feed in v.sources[:_FEEDS]
        }
        yield _gauge("watcher_feed_state", "1 for the state each feed is in.", ["feed", "state"], feeds)
        ended = {kind: run.finished.timestamp() for kind, run in v.runs.items()}
        yield _gauge("watcher_run_finished_timestamp_seconds", "When a run last ended.", ["kind"], _keyed(ended))
        took = {kind: run.seconds for kind, run in v.runs.items()}
        yield _gauge("watcher_run_duration_seconds", "How long the last run took.", ["kind"], _keyed(took))
        moments: Mapping[str, datetime | None] = {"push": v.push.at if v.push else None, "digest": v.digest}
        for name, at in moments.items():
            if at is not None:
                yield _one(f"watcher_{name}_timestamp_seconds", f"When the last {name} was made.", at.timestamp())


def _one(name: str, told: str, value: float) -> Metric:
    """A Prometheus gauge without labels."""
    return GaugeMetricFamily(name, told, value=value)


def _by(name: str, told: str, values: Mapping[str, float]) -> Metric:
    """A Prometheus gauge with one value for each stage."""
    return _gauge(name, told, ["stage"], _keyed(values))


def _keyed(values: Mapping[str, float]) -> dict[tuple[str, ...], float]:
    """The values keyed by a tuple of one label."""
    return {(label,): value for label, value in values.items()}


def _gauge(name: str, told: str, labels: Iterable[str], values: Mapping[tuple[str, ...], float]) -> Metric:
    """A Prometheus gauge with labels."""
    family = GaugeMetricFamily(name, told, labels=list(labels))
    for label, value in values.items():
        family.add_metric(list(label), value)
    return family


def _counter(name: str, told: str, label: str, values: Mapping[str, float]) -> Metric:
    """A Prometheus counter with one label."""
    family = CounterMetricFamily(name, told, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
