"""Security of the web interface: response headers, session cookie, sign-in, and CSRF protection of forms.

Protects against what other sites could make a browser do to a site on loopback: cross-site forms, DNS rebinding,
framing.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import quote, urlsplit

from itsdangerous import Signer
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watcher.domain.errors import ConfigError

SECRET_VARIABLE = "WATCHER_WEB_SECRET"  # noqa: S105 - a variable's name
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
MAX_FORM = 64 * 1024  # seven cells of a few hundred characters, percent-encoded, with room to spare
MAX_BODY = 4 * MAX_FORM  # where reading stops whatever the request says of its length
MIN_SECRET = 12  # characters; guesses are limited to a few a second, so that a random secret this long is safe

_FREE, _FREE_OF_ALL = 5, 100  # attempts within the window that are checked at once: of an address, of all together
_PAUSE = 0.5  # seconds
_MOST_WAITING = 20  # attempts; each holds a connection, and the last would wait ten seconds
_ATTEMPT_WINDOW = timedelta(minutes=5)
_OPEN_PATHS = ("/health", "/ready", "/sign-in", "/static/")
_SLACK_PATH = "/slack/"  # requests here are authenticated by Slack's signature or OAuth, and have no session
_PAGE = re.compile(r"/(?:add|log|proposals|catalog|audit|report|card/[0-9]{1,9}(?:/edit)?)?")

SAFE_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # not "no-referrer": browsers would then send `Origin: null` with the site's own forms
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def signing_key(secret: str | None) -> str:
    """The key that signs cookies and CSRF tokens. It is derived from the secret by scrypt, so sessions survive a
    restart and a cookie does not help to guess the secret; without a secret it is random. Raises ConfigError for a
    secret that is too short.
    """
    if secret is None:
        return secrets.token_hex(32)
    if len(secret) < MIN_SECRET:
        raise ConfigError(
            f"the sign-in secret is shorter than {MIN_SECRET} characters",
            about=SECRET_VARIABLE,
            remedy="use a long random one",
        )
    return hashlib.scrypt(secret.encode(), salt=b"watcher web desk", n=2**14, r=8, p=1).hex()


def unauthorized() -> Response:
    """A response with HTTP 401, for a program without the right bearer token."""
    return PlainTextResponse("unauthorized", 401, {"WWW-Authenticate": "Bearer"})


def own_page(path: str) -> str:
    """The given path if it is a page of this site, else "/", so that no redirect leads to another site."""
    return path if _PAGE.fullmatch(path) else "/"


class SafeHeaders:
    """Middleware that adds security headers to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers when the response starts. Pages are not cached, static files are revalidated."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFE_HEADERS.items():
                    headers.setdefault(name, value)  # the catalog's page has a stricter policy of its own
                headers.setdefault("Cache-Control", "no-store" if scope["path"][:8] != "/static/" else "no-cache")
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class Sessions:
    """Middleware for the session in a signed cookie (HttpOnly, SameSite=Strict, and Secure over HTTPS).

    Browsers do not send a Strict cookie when a link on another site leads here; a normal answer would then replace the
    reader's session. Such a request gets `arrival(path)`, a page that navigates to the same path.
    """

    def __init__(self, app: ASGIApp, key: str, arrival: Callable[[str], Response]) -> None:
        # Cookies ignore ports: desks side by side on one host must not overwrite each other's.
        self._cookie = f"watcher-{hashlib.sha256(f'cookie {key}'.encode()).hexdigest()[:8]}"
        self._arrival = arrival
        self._bare = app  # for requests of Slack, which must not get a session
        self._by_scheme = {
            scheme: SessionMiddleware(app, key, self._cookie, same_site="strict", https_only=scheme == "https")
            for scheme in ("http", "https")
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application with `scope["session"]`, or answer a request that comes from another site's link."""
        if scope["path"].startswith(_SLACK_PATH):
            await self._bare(scope, receive, send)
            return
        cross_site = Headers(scope=scope).get("sec-fetch-site") == "cross-site"
        if cross_site and scope["method"] == "GET" and self._cookie not in HTTPConnection(scope).cookies:
            await self._arrival(own_page(scope["path"]))(scope, receive, send)
            return
        # A proxy's X-Forwarded-Proto may name ws or wss, and is then taken at its word.
        await self._by_scheme["https" if scope["scheme"] in {"https", "wss"} else "http"](scope, receive, send)


class SignInGate:
    """Middleware that lets requests without a signed-in session reach only the sign-in page, its files and the
    monitoring endpoints.
    """

    def __init__(
        self,
        app: ASGIApp,
        has_ended: Callable[[str], bool],
        open_paths: Sequence[str] = (),
        of_machines: Sequence[str] = (),
    ) -> None:
        """`has_ended` says whether the session with an id was signed out. `open_paths` have an authentication of their
        own; requests to paths in `of_machines` are answered with 401 instead of a redirect to the sign-in page.
        """
        self.app = app
        self._has_ended = has_ended
        self._of_machines = tuple(of_machines)
        self._open = (*_OPEN_PATHS, _SLACK_PATH, *open_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application, or redirect to the sign-in page."""
        app = self.app
        open_ = scope["path"].startswith(self._open)
        if not (open_ or await self._is_signed_in(scope["session"].get("signed_in"))):
            app = RedirectResponse(f"/sign-in?next={quote(own_page(scope['path']))}", status_code=303)
            if scope["path"] in self._of_machines:
                app = unauthorized()
        await app(scope, receive, send)

    async def _is_signed_in(self, session: object) -> bool:
        """Whether the session was signed in and not signed out since, which the cookie alone does not show."""
        return isinstance(session, str) and not await run_in_threadpool(self._has_ended, session)


class Attempt(StrEnum):
    """The result of an attempt to sign in: accepted, refused, or not checked because too many wait."""

    RIGHT = "right"
    WRONG = "wrong"
    THROTTLED = "throttled"  # wrong, or not looked at since too many wait


class SignIn:
    """Checks the site's secret when people sign in, and limits the rate of guesses without locking anybody out.

    The first attempts of each address, and the first of all addresses together, are checked at once, further ones one
    after another with a pause, whatever their address: addresses reported by a proxy can be forged, so none is refused
    and none is preferred.
    """

    def __init__(self, secret: str, now: Callable[[], datetime], pause: float = _PAUSE) -> None:
        """`pause` is the time in seconds between two attempts that have to wait."""
        self._digest = hashlib.sha256(secret.encode()).digest()
        self._now, self._pause = now, pause
        self._attempts: list[tuple[datetime, str]] = []
        self._turn = asyncio.Lock()
        self._waiting: Counter[str] = Counter()

    async def attempt(self, given: str, address: str) -> Attempt:
        """Check the secret that somebody at an IP address entered, at once or after waiting; if too many attempts wait,
        it is not checked.
        """
        free = self._free(address)
        if not free and not await self._waited(address):
            return Attempt.THROTTLED
        if hmac.compare_digest(hashlib.sha256(given.encode()).digest(), self._digest):
            self._attempts = [(at, who) for at, who in self._attempts if who != address]
            return Attempt.RIGHT
        return Attempt.WRONG if free else Attempt.THROTTLED

    def _free(self, address: str) -> bool:
        """Whether an attempt may be checked at once; if so, it is counted."""
        moment = self._now()
        self._attempts = [(at, who) for at, who in self._attempts if moment - at < _ATTEMPT_WINDOW]
        of_address = sum(who == address for _, who in self._attempts)
        if of_address >= _FREE or len(self._attempts) >= _FREE_OF_ALL:
            return False
        self._attempts.append((moment, address))
        return True

    async def _waited(self, address: str) -> bool:
        """Wait for a turn; False if too many attempts wait, or too many of this address."""
        if self._waiting.total() >= _MOST_WAITING or self._waiting[address] >= _MOST_WAITING // 2:
            return False
        self._waiting[address] += 1
        try:
            async with self._turn:
                await asyncio.sleep(self._pause)
        finally:
            self._waiting[address] -= 1
            self._waiting += Counter()  # leaves out whoever waits no longer
        return True


class FormGuard:
    """CSRF protection: accepts only forms that this site gave to the same session."""

    def __init__(self, key: str) -> None:
        self._signer = Signer(key, salt="csrf")

    def token(self, request: Request) -> str:
        """The CSRF token for the forms of this session; starts a session if there is none."""
        sid = request.session.setdefault("sid", secrets.token_urlsafe(16))
        return self._signer.get_signature(sid).decode()

    async def fields(self, request: Request) -> dict[str, str]:
        """The fields of a submitted form. Raises HTTPException: 403 for a forged form, 413 if it is too large, 415 for
        another type.

        Browsers state the sender in `Sec-Fetch-Site` and `Origin`; the token protects where they do not.
        """
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            raise HTTPException(403)
        origin = request.headers.get("origin")
        if origin is not None and _host(origin) != request.headers["host"]:
            raise HTTPException(403)
        if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
            raise HTTPException(415)
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > MAX_FORM:
            raise HTTPException(413)
        async with request.form(max_fields=20) as form:
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
        sid = request.session.get("sid", "")
        if not (sid and self._signer.verify_signature(sid, fields.get("csrf", "").encode())):
            raise HTTPException(403)
        return fields


def _host(origin: str) -> str:
    """Host and port of an Origin header, "" if it is invalid."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
