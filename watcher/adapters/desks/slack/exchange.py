"""The SDK's clients, made to end: their time-out is for a whole exchange with Slack, not for a byte of it."""

from __future__ import annotations

import io
from email.message import Message
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ssl import SSLContext
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

from slack_sdk import WebClient
from slack_sdk.errors import SlackRequestError
from slack_sdk.webhook import WebhookClient, WebhookResponse

from watcher.deadline import Deadline

_Answer = tuple[int, Message, str]


class BoundedWebClient(WebClient):
    """A WebClient whose calls raise TimeoutError when Slack has not answered whole after `timeout` seconds."""

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        del url
        status, headers, body = _exchanged(req, self.timeout, self.ssl, self.proxy)
        return {"status": status, "headers": headers, "body": body}


class BoundedWebhookClient(WebhookClient):
    """The same for the address that comes with a click."""

    def _perform_http_request_internal(self, url: str, req: Request) -> WebhookResponse:
        status, headers, body = _exchanged(req, self.timeout, self.ssl, self.proxy)
        return WebhookResponse(url=url, status_code=status, body=body, headers=dict(headers))


def _exchanged(request: Request, seconds: float, context: SSLContext | None, proxy: str | None) -> _Answer:
    """What came, whole. Raises what urllib raises, an HTTPError with its body at hand."""
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
    """A connection that a deadline answers for from its first byte on."""

    deadline: Deadline

    def connect(self) -> None:
        super().connect()
        self.deadline.hold(self.sock)


class _HeldSecure(HTTPSConnection, _Held):
    """HTTPSConnection connects by its superclass, which is _Held here, before TLS begins."""


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
