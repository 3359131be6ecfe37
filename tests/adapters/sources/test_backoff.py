"""A server that wants fewer requests gets fewer, with longer pauses, and is then left alone."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from tests.servers.arxiv import ArxivServer, Fault
from watcher.adapters.sources.fetch import PAUSES, Fetcher, Limits
from watcher.domain.errors import FeedError, TooManyRequests

FEED = b"<rss version='2.0'><channel><title>cs.CL</title></channel></rss>"


@pytest.fixture
def server() -> Iterator[ArxivServer]:
    with ArxivServer({"cs.CL": FEED}) as running:
        yield running


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, in no time."""
    made: list[float] = []
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=made.append))
    return made


@pytest.fixture
def patient(server: ArxivServer) -> Fetcher:
    return Fetcher(own_urls=[server.origin], limits=Limits(timeout=5, attempts=1)).with_pauses()


def test_a_wave_of_refusals_is_waited_out_with_growing_pauses(
    server: ArxivServer, patient: Fetcher, slept: list[float]
) -> None:
    server.fault(Fault(status=429), times=3)

    assert patient.get(f"{server.rss_url}cs.CL", about="cs.CL") == FEED
    assert slept == [30, 60, 120]


def test_a_wave_that_does_not_end_is_left_to_another_route(
    server: ArxivServer, patient: Fetcher, slept: list[float]
) -> None:
    server.fault(Fault(status=429), times=9)

    with pytest.raises(TooManyRequests, match="HTTP 429"):
        patient.get(f"{server.rss_url}cs.CL", about="cs.CL")
    assert slept == list(PAUSES)
    assert len(server.requests) == len(PAUSES) + 1


def test_a_stated_time_is_kept_to_when_it_is_longer_than_the_pause(
    server: ArxivServer, patient: Fetcher, slept: list[float]
) -> None:
    server.fault(Fault(status=503, headers={"Retry-After": "5"}))
    server.fault(Fault(status=429, headers={"Retry-After": "200"}))

    patient.get(f"{server.rss_url}cs.CL", about="cs.CL")
    assert slept == [30, 200]


def test_a_time_beyond_the_longest_pause_is_not_waited_for(
    server: ArxivServer, patient: Fetcher, slept: list[float]
) -> None:
    server.fault(Fault(status=429, headers={"Retry-After": "3600"}))

    with pytest.raises(FeedError, match="HTTP 429"):
        patient.get(f"{server.rss_url}cs.CL", about="cs.CL")
    assert slept == []


def test_what_waiting_cannot_mend_is_told_at_once(server: ArxivServer, patient: Fetcher, slept: list[float]) -> None:
    with pytest.raises(FeedError, match="HTTP 400"):
        patient.get(f"{server.rss_url}no.such", about="no.such")
    assert slept == []
