"""Slack Web API clients that never send a message twice, with a timeout for the whole response and Slack's errors
translated to DeskError.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ssl import SSLContext
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError, SlackRequestError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.webhook import WebhookClient, WebhookResponse

from watcher.domain.errors import DeskError, DeskRefused
from watcher.net import Deadline
from watcher.words_ja.slack import REMEDIES, RESTRICTED

SlackClient = WebClient
"""The type of a Slack Web API client for the code outside this folder."""

SLACK_API = "https://slack.com/api/"

LONGEST_WAIT = 20.0  # seconds after HTTP 429; three of them fit into a turn at the channel (120 s) and a digest's slot


@dataclass(frozen=True, slots=True)
class Channel:
    """A Slack channel by its id, with a Web API client that may post there."""

    client: WebClient
    id: str


def make_client(token: str, base_url: str = SLACK_API, timeout: int = 10) -> WebClient:
    """Build a Slack Web API client that waits at most `timeout` seconds for a whole response, and retries only after
    HTTP 429.

    The SDK's default also retries a POST whose response was lost, which would post twice, and does not retry after a
    429. `base_url` may lack the final slash.
    """
    client = BoundedWebClient(token=token, base_url=base_url.rstrip("/") + "/", timeout=timeout)
    client.retry_handlers = [_ShortWaits(max_retry_count=3)]
    return client


def answer_to(response_url: str, text: str, timeout: int = 10) -> None:
    """Send a reply to a slash command or click by its `response_url`; only the person who asked sees it. Raises
    DeskError.
    """
    webhook = BoundedWebhookClient(response_url, timeout=timeout, retry_handlers=[])
    answer = webhook.send(text=text, response_type="ephemeral", replace_original=False, unfurl_links=False)
    if answer.status_code != HTTPStatus.OK:
        raise DeskError(f"Slack answers HTTP {answer.status_code}", about="response_url")


@contextmanager
def failures(about: str) -> Iterator[None]:
    """Context manager that translates the Slack SDK's exceptions: DeskRefused if a person must act, else DeskError
    (look whether it was sent, then retry).
    """
    try:
        yield
    except RateLimitedError as error:
        raise DeskError("Slack failed: ratelimited", about=about, retry_after=error.seconds) from None
    except SlackApiError as error:
        raise _named(error, about) from None  # the original's text holds the whole response
    except (SlackClientError, HTTPException, OSError, ValueError) as error:
        raise DeskError(f"Slack did not answer: {type(error).__name__}", about=about) from error


def error_code(error: SlackApiError) -> str:
    """Slack's error code for a failed call, or the HTTP status if there is none."""
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


def _retry_after(headers: Mapping[str, Any] | Message) -> float:
    """The seconds that Slack asks to wait, 1 if it does not say."""
    found = next((value for name, value in headers.items() if name.lower() == "retry-after"), "1")
    told = str(found[0] if isinstance(found, list) else found)
    return float(told) if told.isdecimal() else 1.0


_Answer = tuple[int, Message, str]


class RateLimitedError(SlackClientError):
    """Exception: Slack accepts no call of this method for `seconds` more (HTTP 429)."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no call for {seconds:.0f} s")
        self.seconds = seconds


class _ShortWaits(RateLimitErrorRetryHandler):
    """Retry handler for HTTP 429 that waits as long as Slack asks, unless that is longer than a message may wait: then
    the call fails.
    """

    def _can_retry(self, **told: Any) -> bool:
        answer = told.get("response")
        return super()._can_retry(**told) and answer is not None and _retry_after(answer.headers) <= LONGEST_WAIT


class BoundedWebClient(WebClient):
    """A WebClient whose calls raise TimeoutError if the response is not complete after `timeout` seconds. After an HTTP
    429 its calls raise RateLimitedError, without asking Slack, until the time that Slack named is over.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._free_at: dict[str, float] = {}

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        left = self._free_at.get(url, 0.0) - time.monotonic()
        if left > 0:
            raise RateLimitedError(left)
        try:
            status, headers, body = _exchanged(req, self.timeout, self.ssl, self.proxy)
        except HTTPError as refusal:
            if (
                refusal.code == HTTPStatus.TOO_MANY_REQUESTS
                and (seconds := _retry_after(refusal.headers)) > LONGEST_WAIT
            ):
                self._free_at[url] = time.monotonic() + seconds
            raise
        return {"status": status, "headers": headers, "body": body}


class BoundedWebhookClient(WebhookClient):
    """A WebhookClient (for `response_url`) whose calls raise TimeoutError if the response is not complete in time."""

    def _perform_http_request_internal(self, url: str, req: Request) -> WebhookResponse:
        status, headers, body = _exchanged(req, self.timeout, self.ssl, self.proxy)
        return WebhookResponse(url=url, status_code=status, body=body, headers=dict(headers))


def _exchanged(request: Request, seconds: float, context: SSLContext | None, proxy: str | None) -> _Answer:
    """The complete response. Raises urllib's exceptions, an HTTPError with its body read."""
    if not request.full_url.lower().startswith("http"):  # urllib opens files as well
        raise SlackRequestError("not an HTTP address")
    through = [ProxyHandler({"http": proxy, "https": proxy})] if proxy else []
    with Deadline(seconds) as deadline:
        opener = build_opener(*through, _Plain(deadline), _Secure(deadline, context))
        answered = None
        try:
            answered = _read(opener, request, seconds)
        except (OSError, HTTPException):
            if not deadline.over:
                raise
        if answered is None or deadline.over:  # one of no stated length looks whole when its connection is shut
            raise TimeoutError(f"no whole answer within {seconds:g} s")
    status, headers, body = answered
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        raise HTTPError(request.full_url, status, "", headers, io.BytesIO(body))
    return status, headers, body.decode(headers.get_content_charset() or "utf-8")


def _read(opener: OpenerDirector, request: Request, seconds: float) -> tuple[int, Message, bytes]:
    try:
        answer = opener.open(request, timeout=seconds)
    except HTTPError as refusal:
        answer = refusal
    with answer:
        return answer.status, answer.headers, answer.read()


class _Held(HTTPConnection):
    """An HTTP connection that is watched by a deadline from its first byte on."""

    deadline: Deadline

    def connect(self) -> None:
        super().connect()
        self.deadline.hold(self.sock)


class _HeldSecure(HTTPSConnection, _Held):
    """An HTTPS connection that is watched by a deadline: HTTPSConnection connects by its superclass, here _Held, before
    TLS.
    """


class _Plain(HTTPHandler):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(partial(_made, _Held, self._deadline), req)


class _Secure(HTTPSHandler):
    def __init__(self, deadline: Deadline, context: SSLContext | None) -> None:
        super().__init__(context=context)
        self._deadline, self._given = deadline, context

    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(partial(_made, _HeldSecure, self._deadline), req, context=self._given)


def _made(kind: type[_Held], deadline: Deadline, host: str, **options: Any) -> HTTPConnection:
    connection = kind(host, **options)
    connection.deadline = deadline
    return connection
