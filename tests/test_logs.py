"""No secret reaches a log line."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from tests.day import candidate
from tests.factories import a_topic
from watcher.logs import about, configure, configure_structlog, get_logger, redact, staged
from watcher.pipeline.run import TopicWorkers, attempt_each

SECRETS = [
    "xoxb-123456-abcdef", "xapp-1-A012-345-abcdef", "sk-proj-abcdef_123456", "ghp_abcdef123456", "github_pat_11ABC_def",
]  # fmt: skip


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What the log would show; logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    written = io.StringIO()
    configure(written, "info")
    yield written
    root.handlers, root.level = handlers, level


@pytest.mark.parametrize("secret", SECRETS)
def test_a_token_is_cut_out_wherever_it_stands(secret: str) -> None:
    assert secret not in redact(f"POST failed: token={secret}, again {secret}.")


def test_passwords_and_tickets_in_addresses_are_cut_out() -> None:
    text = redact("postgresql://user:hunter2@db/x wss://wss.slack.com/link/?ticket=abc-def&x=1 Bearer abc.def")

    assert not {"hunter2", "abc-def", "abc.def"} & set(text.replace("=", " ").replace("@", " ").split())
    assert "hunter2" not in text
    assert "abc-def" not in text
    assert "db/x" in text


def test_a_traceback_loses_its_secrets_too(stream: io.StringIO) -> None:
    try:
        int(f"bad token {SECRETS[0]}")
    except ValueError:
        logging.getLogger("watcher.x").exception("it failed with %s", SECRETS[2])

    assert "it failed" in stream.getvalue()
    assert not any(secret in stream.getvalue() for secret in SECRETS)


def test_an_event_says_what_it_is_about_on_one_line_of_json(stream: io.StringIO) -> None:
    log, paper = logging.getLogger("watcher.x"), candidate(1, "2606.27483")

    with staged("score", "poll-1", a_topic().slug):
        attempt_each([(paper, a_topic())], lambda _: log.info("asked\ntwice"), concurrency=2)
        log.info("done with %s", a_topic().slug)
    log.info("nothing in particular")
    asked, done, nothing = map(json.loads, stream.getvalue().splitlines())

    assert (asked["run"], asked["stage"], asked["topic"]) == ("poll-1", "score", a_topic().slug)
    assert (asked["paper"], asked["event"]) == ("arxiv:2606.27483", "asked\ntwice")
    assert "paper" not in done
    assert not {"run", "stage", "topic"} & nothing.keys()
    assert nothing["level"] == "info"


def test_topics_side_by_side_are_told_apart(stream: io.StringIO) -> None:
    def work(topic: str) -> list[str]:
        with about(topic=topic):
            logging.getLogger("watcher.x").info("looked")
        return []

    workers = TopicWorkers({"a": "", "b": ""}, at_once=2)
    with about(run="poll-1"):
        workers.each(["a", "b"], work)
    workers.close()

    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert sorted((one["run"], one["topic"]) for one in told) == [("poll-1", "a"), ("poll-1", "b")]


def test_at_a_terminal_events_are_lines_of_text_with_the_same(stream: io.StringIO) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    configure(terminal, "info")
    with about(run="poll-1", paper=SECRETS[0]):
        logging.getLogger("watcher.x").info("asked")

    assert terminal.getvalue().rstrip().endswith("[watcher.x] paper='…' run='poll-1'")
    assert "asked" in terminal.getvalue()
    assert stream.getvalue() == ""


def test_a_secret_of_the_environment_is_cut_out_whatever_it_looks_like(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S2_API_KEY", "correct horse battery")
    monkeypatch.setenv("GITHUB_TOKEN", "short")
    monkeypatch.setenv("WATCHER_SECRET_KEY", "the first key, the second key")

    assert redact("said correct horse battery, short") == "said …, short"
    assert redact("read with the second key alone") == "read with … alone"


@pytest.mark.parametrize("text", ["task-oriented", "risk-aware planning", "a disk-resident index"])
def test_words_that_only_end_like_a_token_begins_stay(text: str) -> None:
    assert redact(text) == text


def test_what_varies_is_a_field_and_numbers_are_numbers(stream: io.StringIO) -> None:
    get_logger("watcher.x").warning("stage finished", papers=7, seconds=0.25, error=ValueError(SECRETS[1]))

    event = json.loads(stream.getvalue())
    assert event | {"papers": 7, "seconds": 0.25, "error": "…", "logger": "watcher.x", "level": "warning"} == event
    assert event["event"] == "stage finished"


def test_the_exception_that_is_handled_is_told_with_its_traceback_and_nothing_below_the_level(
    stream: io.StringIO,
) -> None:
    log = get_logger("watcher.x")
    log.debug("nobody asked for this")
    try:
        int(SECRETS[0])
    except ValueError:
        log.exception("it failed", paper=1)

    (told,) = map(json.loads, stream.getvalue().splitlines())
    assert (told["event"], told["level"], told["paper"]) == ("it failed", "error", 1)
    assert told["exception"].startswith("Traceback")
    assert SECRETS[0] not in told["exception"]


@pytest.mark.parametrize("name", ["watcher.x", "httpx2"])
def test_events_of_libraries_go_the_same_way(stream: io.StringIO, name: str) -> None:
    configure_structlog()
    structlog.get_logger(name).warning("stamina.retry", key=SECRETS[2])
    logging.getLogger(name).warning("asked %s", SECRETS[2])

    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (first["event"], first["key"], second["event"]) == ("stamina.retry", "…", "asked …")
    assert first.keys() - {"key"} == second.keys() == {"event", "level", "logger", "time"}


def test_the_password_of_a_url_in_the_environment_is_cut_out_where_it_stands_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://watcher:pa%40ss-phrase@db.example/watcher")

    assert redact("you sent pa%40ss-phrase, that is pa@ss-phrase") == "you sent …, that is …"
