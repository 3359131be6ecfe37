"""A fetch is bounded in time, size, redirects and reach, and says why it gives up."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.servers.arxiv import ArxivServer, Fault
from watcher.adapters.sources.fetch import Fetcher, Limits, is_public, parse_url, retry_after
from watcher.domain.errors import ConfigError, FeedError

SECRET = "hush"  # stands in no line of code that a traceback could show

DOCUMENT = b"<rss version='2.0'><channel><title>cs.CL updates on arXiv.org</title></channel></rss>"
QUICK = Limits(timeout=0.5, max_bytes=10_000, attempts=2, wait=0.001)


@pytest.fixture
def server() -> Iterator[ArxivServer]:
    with ArxivServer({"cs.CL": DOCUMENT}) as running:
        yield running


def fetch(server: ArxivServer, limits: Limits = QUICK) -> bytes:
    fetcher = Fetcher(own_urls=[server.rss_url], limits=limits, contact="mailto:ops@example.org")
    return fetcher.get(server.rss_url + f"cs.CL?token={SECRET}", about="cs.CL")


def test_a_document_arrives_whole_and_the_bot_says_who_it_is(server: ArxivServer) -> None:
    assert fetch(server) == DOCUMENT
    agent = server.requests[0].headers["User-Agent"]
    assert agent.startswith("literature-watcher/")
    assert "mailto:ops@example.org" in agent


def test_a_compressed_document_arrives_unpacked(server: ArxivServer) -> None:
    server.fault(Fault(gzip_layers=1))
    assert fetch(server) == DOCUMENT


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(status=400), "HTTP 400"),
        (Fault(status=403), "HTTP 403"),
        (Fault(status=404), "HTTP 404"),
        (Fault(status=429), "HTTP 429"),
        (Fault(status=301), "HTTP 301"),
        (Fault(status=204), "HTTP 204"),
        (Fault(content_type="text/html", body=b"<html></html>"), "'text/html'"),
        (Fault(content_type="text/plain", body=b"Rate exceeded."), "'text/plain'"),
        (Fault(body=b"x" * 10_001), "larger than 10000 bytes"),
        (Fault(body=b"\0" * 10**6, gzip_layers=1), "larger than 10000 bytes"),
        (Fault(body=b"\0" * 10**6, gzip_layers=2), "'gzip, gzip'"),
        (Fault(headers={"Content-Encoding": "gzip"}), "damaged"),
        (Fault(headers={"Content-Encoding": "br"}), "'br'"),
    ],
)
def test_a_wrong_answer_is_refused_at_once(server: ArxivServer, fault: Fault, words: str) -> None:
    server.fault(fault)
    with pytest.raises(FeedError, match=words) as caught:
        fetch(server)
    assert len(server.requests) == 1
    assert caught.value.about == "cs.CL"
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(status=500), "HTTP 500"),
        (Fault(status=503), "HTTP 503"),
        (Fault(reset=True), "broke off"),
        (Fault(cut_to=20), "broke off"),
    ],
)
def test_a_passing_failure_is_tried_again_and_then_reported(server: ArxivServer, fault: Fault, words: str) -> None:
    server.fault(fault)
    assert fetch(server) == DOCUMENT
    server.fault(fault, times=2)
    with pytest.raises(FeedError, match=words) as caught:
        fetch(server)
    assert len(server.requests) == 4
    assert "hush" not in str(caught.value)


def test_neither_retries_nor_requests_leave_the_url_in_a_log(
    server: ArxivServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for fault in (Fault(status=503), Fault(status=503), Fault(cut_to=3), Fault(status=429)):
        server.fault(fault)
    for _ in range(2):
        with pytest.raises(FeedError):
            fetch(server)
    assert len(server.requests) == 4
    assert "hush" not in caplog.text + "".join(capfd.readouterr())


def test_a_server_that_says_when_to_come_back_is_not_asked_before(server: ArxivServer) -> None:
    server.fault(Fault(status=503, headers={"Retry-After": "120"}))
    with pytest.raises(FeedError) as caught:
        fetch(server)
    assert caught.value.retry_after == 120
    assert len(server.requests) == 1


def test_a_retry_date_becomes_seconds(server: ArxivServer) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=300), usegmt=True)
    server.fault(Fault(status=429, headers={"Retry-After": date}))
    with pytest.raises(FeedError) as caught:
        fetch(server)
    assert caught.value.retry_after == pytest.approx(300, abs=5)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("90", 90.0),
        ("Mon, 29 Jun 2026 04:01:00 GMT", 60.0),
        ("Mon, 29 Jun 2026 04:01:00 -0000", 60.0),
        ("Mon, 29 Jun 2026 03:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        (None, None),
        ("-5", None),
    ],
)
def test_retry_after_reads_both_of_its_forms(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, datetime(2026, 6, 29, 4, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(
    "fault",
    [
        Fault(drip=0.02, body=b"x" * 1000),
        Fault(drip=0.02, body=b"x" * 1000, drip_headers=True),
        Fault(drip=0.002, body=b"x" * 1000, drip_headers=True),  # its headers arrive in time, its end never does
    ],
)
def test_an_answer_that_drips_is_given_up_when_the_time_is_over(server: ArxivServer, fault: Fault) -> None:
    server.fault(fault)
    started = time.monotonic()
    with pytest.raises(FeedError, match=r"within 0\.2 s"):
        fetch(server, Limits(timeout=0.2, attempts=1))
    assert time.monotonic() - started < 8


def test_a_remembered_document_need_not_be_sent_again(server: ArxivServer) -> None:
    fetcher = Fetcher(own_urls=[server.rss_url], limits=QUICK)
    url = server.rss_url + "cs.CL"
    assert fetcher.get(url, about="cs.CL", remember=True) == DOCUMENT
    server.fault(Fault(status=304, body=b""))
    assert fetcher.get(url, about="cs.CL", remember=True) == DOCUMENT
    assert fetcher.get(url, about="cs.CL", remember=True) == DOCUMENT  # the server ignores the mark, as arXiv's does
    marks = [request.headers.get("If-None-Match") for request in server.requests]
    assert marks == [None, *[hashlib.sha256(DOCUMENT).hexdigest()] * 2]


def test_a_server_that_answers_same_as_before_to_one_who_never_asked_is_refused(server: ArxivServer) -> None:
    assert fetch(server) == DOCUMENT
    server.fault(Fault(status=304, body=b""))
    with pytest.raises(FeedError, match="HTTP 304"):
        fetch(server)


def test_nobody_listening_is_said() -> None:
    with ArxivServer() as gone:
        url = gone.rss_url
    with pytest.raises(FeedError, match="cannot connect"):
        Fetcher(own_urls=[url], limits=QUICK).get(url + "cs.CL", about="cs.CL")


def test_redirects_within_reach_are_followed(server: ArxivServer) -> None:
    server.fault(Fault(status=302, headers={"Location": "/rss/cs.CL"}), times=3)
    assert fetch(server) == DOCUMENT
    assert len(server.requests) == 4


def test_a_fourth_redirect_is_not_followed(server: ArxivServer) -> None:
    server.fault(Fault(status=302, headers={"Location": "/rss/cs.CL"}), times=4)
    with pytest.raises(FeedError, match="more than 3 times"):
        fetch(server)


@pytest.mark.parametrize("target", ["http://169.254.169.254/latest", "http://example.org/", "file:///etc/hostname"])
def test_a_redirect_out_of_reach_is_refused(server: ArxivServer, target: str) -> None:
    server.fault(Fault(status=302, headers={"Location": target}), times=2)
    with pytest.raises(FeedError):
        fetch(server)
    assert {seen.path for seen in server.requests} == {"/rss/cs.CL?token=hush"}


def test_a_redirect_to_another_port_of_the_same_host_is_refused(server: ArxivServer) -> None:
    with ArxivServer({"cs.CL": DOCUMENT}) as other:
        server.fault(Fault(status=302, headers={"Location": other.rss_url + "cs.CL"}))
        with pytest.raises(FeedError, match="not an allowed host"):
            fetch(server)
        assert other.requests == []


def test_a_host_nobody_named_is_not_asked(server: ArxivServer) -> None:
    with pytest.raises(FeedError, match="not an allowed host"):
        Fetcher(limits=QUICK).get(server.rss_url + "cs.CL", about="cs.CL")
    assert server.requests == []


def test_an_arxiv_name_that_leads_to_a_private_address_is_not_asked(
    server: ArxivServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.adapters.sources.fetch.ARXIV_HOSTS", frozenset({"localhost"}))
    url = server.rss_url.replace("127.0.0.1", "localhost")
    with pytest.raises(FeedError, match=r"localhost resolves to the private address 127\.0\.0\.1"):
        Fetcher(own_urls=[url], limits=QUICK).get(url + "cs.CL", about="cs.CL")
    assert server.requests == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("151.101.3.42", True),
        ("2a04:4e42::1", True),
        ("127.0.0.1", False),
        ("10.0.0.7", False),
        ("169.254.169.254", False),
        ("::1", False),
        ("fe80::1", False),
        ("::ffff:192.168.0.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address to refuse
    ],
)
def test_private_addresses_are_known(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize("url", ["ftp://arxiv.org/x", "file:///etc/hostname", "https://", "cs.CL", "http://[::1", ""])
def test_only_web_addresses_are_urls(url: str) -> None:
    with pytest.raises(FeedError):
        parse_url(url)


def test_a_contact_that_cannot_stand_in_a_header_is_refused() -> None:
    for contact in ("研究室", "me\r\nX-Evil: 1"):
        with pytest.raises(ConfigError):
            Fetcher(contact=contact)


def test_every_single_request_takes_a_turn_and_ends_within_it(server: ArxivServer) -> None:
    turns: list[str] = []

    @contextmanager
    def pace(host: str) -> Iterator[None]:
        turns.append(host)
        try:
            yield
        finally:
            turns.append("end")

    server.fault(Fault(status=503))
    server.fault(Fault(status=302, headers={"Location": "/rss/cs.CL"}))
    fetcher = Fetcher(own_urls=[server.rss_url], limits=QUICK, pace=pace)
    assert fetcher.get(server.rss_url + "cs.CL", about="cs.CL") == DOCUMENT
    assert turns == ["127.0.0.1", "end"] * 3
