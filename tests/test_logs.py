"""No secret reaches a log line."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from watcher.logs import configure, redact

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
    structlog.reset_defaults()


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


def test_structured_events_go_the_same_way(stream: io.StringIO) -> None:
    structlog.get_logger("watcher.x").warning("stamina.retry", key=SECRETS[2])

    assert "stamina.retry" in stream.getvalue()
    assert SECRETS[2] not in stream.getvalue()
