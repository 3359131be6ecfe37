"""Make a Slack Web API client that never sends a message twice, and name its failures in our words."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPException

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from watcher.adapters.desks.slack.exchange import BoundedWebClient, BoundedWebhookClient
from watcher.domain.errors import DeskError, DeskRefused
from watcher.words_ja.slack_errors import REMEDIES, RESTRICTED

SlackClient = WebClient
"""What others call the client that this folder makes."""

SLACK_API = "https://slack.com/api/"


def make_client(token: str, base_url: str = SLACK_API, timeout: int = 10) -> WebClient:
    """A client that never waits longer than `timeout` seconds for a whole answer, and repeats only what a 429 asks for.

    The SDK's default handler repeats a POST whose reply was lost and so posts twice; a 429 it does not repeat.
    `base_url` may lack the final slash.
    """
    client = BoundedWebClient(token=token, base_url=base_url.rstrip("/") + "/", timeout=timeout)
    client.retry_handlers = [RateLimitErrorRetryHandler(max_retry_count=3)]
    return client


def answer_to(response_url: str, text: str, timeout: int = 10) -> None:
    """Answer a question at the address that came with it, seen by nobody but the one who asked. Raises DeskError."""
    webhook = BoundedWebhookClient(response_url, timeout=timeout, retry_handlers=[])
    answer = webhook.send(text=text, response_type="ephemeral", replace_original=False, unfurl_links=False)
    if answer.status_code != HTTPStatus.OK:
        raise DeskError(f"Slack answers HTTP {answer.status_code}", about="response_url")


@contextmanager
def failures(about: str) -> Iterator[None]:
    """Turn what a call raises into DeskRefused (a person must act) or DeskError (look, then try again)."""
    try:
        yield
    except SlackApiError as error:
        raise _named(error, about) from None  # the original's text holds the whole response
    except (SlackClientError, HTTPException, OSError, ValueError) as error:
        raise DeskError(f"Slack did not answer: {type(error).__name__}", about=about) from error


def error_code(error: SlackApiError) -> str:
    """Slack's word for a failure, or the HTTP status where there is none."""
    data = error.response.data if error.response is not None else None
    code = data.get("error") if isinstance(data, dict) else None
    return str(code) if code else f"http_{getattr(error.response, 'status_code', 0)}"


def _named(error: SlackApiError, about: str) -> DeskError:
    code = error_code(error)
    remedy = RESTRICTED if code.startswith("restricted_action") else REMEDIES.get(code)
    if remedy is not None:
        return DeskRefused(f"Slack refuses: {code}", about=about, remedy=remedy)
    after = error.response.headers.get("Retry-After", "") if error.response is not None else ""
    wait = float(after) if str(after).isdecimal() else None
    return DeskError(f"Slack failed: {code}", about=about, retry_after=wait)


class Pacer:
    """Lets calls through one at a time, `pause` seconds apart: Slack takes about one message a second a channel."""

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._lock = threading.Lock()
        self._next = 0.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and hold it during the call."""
        with self._lock:
            time.sleep(max(0.0, self._next - time.monotonic()))
            try:
                yield
            finally:
                self._next = time.monotonic() + self._pause
