"""HTTP transport: receives Slack's requests and passes them to the app after checking signature, age and form."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from urllib.parse import parse_qsl

from slack_bolt import BoltRequest, BoltResponse
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from slack_bolt.oauth import OAuthFlow
from slack_sdk.signature import Clock, SignatureVerifier
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from watcher.adapters.desks.slack.api.client import failures
from watcher.adapters.desks.slack.api.oauth import INSTALL, RETURN
from watcher.adapters.desks.slack.listeners.app import SlackApp, Workspaces
from watcher.logs import get_logger

PATH = "/slack/events"
MAX_BODY = 1024 * 1024  # a click in a view brings the whole view, of up to 250 kB, percent-encoded

_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
# What the SDK's verifier would raise on instead of refusing: a timestamp that is no number, a signature beyond ASCII.
_TIMESTAMP = re.compile(r"\d{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")

_log = get_logger(__name__)


class SlackHttp:
    """The HTTP transport for Slack's requests, an alternative to Socket Mode. The web server must serve its
    `extra_routes` at a public address.

    `now` returns the present time; Slack's signature is valid for five minutes.
    """

    def __init__(
        self,
        app: SlackApp | Workspaces,
        signing_secret: str,
        now: Callable[[], datetime],
        extra_routes: Sequence[Route] = (),
    ) -> None:
        self.app = app
        self._verifier = SignatureVerifier(signing_secret, _Moment(now))
        self.extra_routes = [Route(PATH, self._receive, methods=["POST"], max_body_size=MAX_BODY), *extra_routes]

    def start(self) -> None:
        """Do nothing: Slack opens the connections, so there is nothing to start."""

    def stop(self) -> None:
        """Finish handling the Slack requests that were received."""
        self.app.close()

    async def _receive(self, request: Request) -> Response:
        """Handle a request: 200 if the app acknowledged it; 4xx if it is not from Slack or not in Slack's form."""
        body = await request.body()
        if refused := self._refused(request, body):
            _log.warning("a request was refused", path=PATH, status=refused.phrase)
            return PlainTextResponse(refused.phrase, refused)
        # In a thread: the adapter's own handler would hold up every other request until the listener has acknowledged.
        answer = await run_in_threadpool(self.app.bolt.dispatch, to_bolt_request(request, body))
        return to_starlette_response(answer)

    def _refused(self, request: Request, body: bytes) -> HTTPStatus | None:
        timestamp = request.headers.get("x-slack-request-timestamp", "")
        signature = request.headers.get("x-slack-signature", "")
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return HTTPStatus.BAD_REQUEST
        if not (_TIMESTAMP.fullmatch(timestamp) and _SIGNATURE.fullmatch(signature)):
            return HTTPStatus.UNAUTHORIZED
        if not self._verifier.is_valid(text, timestamp, signature):
            return HTTPStatus.UNAUTHORIZED
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in {_JSON, _FORM}:
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        return None if _readable(kind, text) else HTTPStatus.BAD_REQUEST


def install_routes(flow: OAuthFlow) -> list[Route]:
    """The two routes of Bolt's OAuth flow for installing the app in a workspace: the start, and the redirect URL."""

    def door(path: str, handle: Callable[[BoltRequest], BoltResponse]) -> Route:
        async def answer(request: Request) -> Response:
            def handled() -> BoltResponse:
                with failures("installing the app"):
                    return handle(to_bolt_request(request, b""))

            return to_starlette_response(await run_in_threadpool(handled))

        return Route(path, answer)

    return [door(INSTALL, flow.handle_installation), door(RETURN, flow.handle_callback)]


def _readable(kind: str, text: str) -> bool:
    """Whether the app can read a body: an object, or a form that holds one as its payload, or a plain form."""
    if kind == _FORM:
        payload = dict(parse_qsl(text, keep_blank_values=True)).get("payload")
        if payload is None:
            return bool(text) and not text.startswith("{")  # the app would take that for JSON
        text = payload
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


class _Moment(Clock):
    """A clock for the signature verifier that returns the time of the deployment's clock."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def now(self) -> float:
        return self._now().timestamp()
