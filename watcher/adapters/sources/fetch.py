"""The HTTP client for feeds and services: only allowed hosts and public addresses (a protection against server-side request
forgery, SSRF), limits on time, size, redirects and rate, and retries with growing pauses.
"""

from __future__ import annotations

import copy
import ipaddress
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Protocol

import httpx2
import stamina

from watcher import __version__
from watcher.domain.errors import ConfigError, FeedError, TooManyRequests
from watcher.logs import configure_structlog
from watcher.net import Deadline, trusted
from watcher.ports import Throttle

MAX_BYTES: Final = 15 * 2**20
PAUSES: Final = (30.0, 60.0, 120.0, 300.0)
"""Seconds between attempts at arXiv. Its periods of HTTP 429 last from minutes to hours; what is missed is read later
from the other of its two interfaces (feeds and OAI-PMH).
"""
JSON: Final = ("application/json",)
XML: Final = ("application/rss+xml", "application/atom+xml", "application/xml", "text/xml")

_LONGEST_VALIDATOR: Final = 500
_TRANSIENT = frozenset({500, 502, 503, 504})
_LATER = "it may pass by itself"
_REMEDY: Final[Mapping[int, str]] = {
    400: "check the feed's address and the names of the categories",
    403: "stop asking and write to arXiv: repeated requests count as an attack",
    404: "check the feed's address",
    429: "the server wants fewer requests",
}
_SERVICE_REMEDY: Final[Mapping[int, str]] = {
    401: "check the service's key",
    403: "check the service's key, or leave the service out",
    404: "check the service's address",
    429: "the service wants fewer requests; with a key of your own it refuses less often",
}
_FEED_REMEDY: Final[Mapping[int, str]] = {
    **_REMEDY,
    400: "check the feed's address",
    403: "the server turns programs away; look for another address of the feed",
}


logging.getLogger("httpx2").setLevel(logging.WARNING)  # at INFO it logs every URL, which may contain a secret
configure_structlog()  # stamina logs through it


@dataclass(frozen=True, slots=True)
class Document:
    """A downloaded document, with the server's ETag and Last-Modified for a later conditional request; "" for none."""

    body: bytes
    etag: str = ""
    modified: str = ""


class DocumentFetcher(Protocol):
    """Protocol of HTTP clients that download documents (Fetcher is one)."""

    def get(self, url: str, *, about: str, media_types: Iterable[str] = XML, remember: bool = False) -> bytes:
        """Download the complete document at `url` (see Fetcher.get)."""
        ...


class _TransientError(FeedError):
    """A failure that may be gone after a second, such as HTTP 503 or a broken connection."""


@dataclass(frozen=True, slots=True)
class _Request:
    """A request to one URL: the accepted media types, what to do about an HTTP status, and the status that says that there
    is no document to send. A body or a header with a secret must not go to another address: `redirects` are not followed
    then.
    """

    about: str
    media_types: frozenset[str]
    remedies: Mapping[int, str]
    nothing: int = 0
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = None
    redirects: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one download. Times are in seconds; `timeout` is for a whole request, `max_bytes` counts the
    decompressed body. A broken request is repeated at once, up to `attempts` in all. One that is refused because of the
    server's rate limit (HTTP 429, or any failure with a Retry-After) is repeated after each of the `pauses`; a Retry-After
    longer than the pause is waited for, unless it is longer than the longest pause.
    """

    timeout: float = 20.0
    max_bytes: int = MAX_BYTES
    redirects: int = 3
    attempts: int = 3
    wait: float = 1.0
    pauses: Sequence[float] = ()


class Fetcher:
    """HTTP client that downloads documents from arXiv's hosts, from other public `hosts`, and from hosts that the
    operator named, within limits of time and size.

    `own_urls` are addresses from the operator's settings and command line; only their hosts may be in a private
    network. `contact` is an e-mail address or URL by which arXiv can reach the operator. `pace` is the throttle: every
    request waits for it, retries and redirects included.
    """

    def __init__(
        self,
        *,
        contact: str = "",
        own_urls: Iterable[str] = (),
        hosts: Iterable[str] = (),
        limits: Limits | None = None,
        pace: Throttle | None = None,
    ) -> None:
        agent = f"literature-watcher/{__version__}" + (f" (+{contact})" if contact else "")
        if not (agent.isascii() and agent.isprintable()):
            raise ConfigError("the contact for arXiv must be plain ASCII", about=ascii(contact))
        self._headers = {"User-Agent": agent, "Accept-Encoding": "gzip"}
        self.limits = limits or Limits()
        self._pace = pace or LocalThrottle()
        self._reach = AllowedHosts(own_urls, hosts)
        self.server_time: datetime | None = None  # the Date header of the last answer
        self._kept: dict[str, Document] = {}  # by URL, with its ETag

    def get(self, url: str, *, about: str, media_types: Iterable[str] = XML, remember: bool = False) -> bytes:
        """Download the complete document at `url`. `about` names it in errors, because a URL may contain secrets.

        With `remember`, the document is kept and requested with If-None-Match the next time. Broken connections,
        timeouts and HTTP 5xx are retried a few times. Raises FeedError, with `retry_after` if the server states one.
        """
        kept = self._kept.get(url, Document(b"")) if remember else Document(b"")
        found = self._document(url, about, media_types, kept, _REMEDY) or kept
        if remember:
            self._kept[url] = Document(found.body, found.etag)
        return found.body

    def changed(self, url: str, *, about: str, media_types: Iterable[str], since: Document) -> Document | None:
        """Download the document at `url` by a conditional request with the ETag and Last-Modified in `since`; None if
        the server says that it is unchanged. Raises FeedError like `get`.
        """
        return self._document(url, about, media_types, since, _FEED_REMEDY)

    def ask(
        self, url: str, *, about: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes | None:
        """Send a request to a JSON service (a POST if there is a `body`, else a GET) and return the body of the
        response; None for HTTP 404. `headers` may contain a secret; with headers or a body, redirects are refused.
        Raises FeedError like `get`.
        """
        typed = {"Content-Type": "application/json"} if body is not None else {}
        request = _Request(
            about,
            frozenset(JSON),
            _SERVICE_REMEDY,
            httpx2.codes.NOT_FOUND,
            {**typed, **(headers or {})},
            body,
            redirects=body is None and not headers,
        )
        found = self._try(url, request)
        return found.body if found else None

    def with_pauses(self, pauses: Sequence[float] = PAUSES) -> Fetcher:
        """A client with the same limits that retries after pauses if a server refuses because of its rate limit."""
        patient = copy.copy(self)
        patient.limits = replace(self.limits, pauses=pauses)
        return patient

    def _document(
        self, url: str, about: str, media_types: Iterable[str], since: Document, remedies: Mapping[int, str]
    ) -> Document | None:
        conditions = {"If-None-Match": since.etag, "If-Modified-Since": since.modified}
        headers = {name: text for name, text in conditions.items() if text}
        nothing = httpx2.codes.NOT_MODIFIED if headers else 0
        return self._try(url, _Request(about, frozenset(media_types), remedies, nothing, headers))

    def _try(self, url: str, request: _Request) -> Document | None:
        limits, pauses = self.limits, self.limits.pauses
        longest, left = max(pauses, default=0.0), iter(pauses)

        def wait(error: Exception) -> float | bool:
            """The seconds to wait after a failure; False if the request must not be sent again."""
            wished = error.retry_after if isinstance(error, FeedError) else None
            if wished is None:
                return isinstance(error, TooManyRequests) and next(left, longest)
            return wished <= longest and max(next(left, longest), wished)

        at_once = stamina.RetryingCaller(
            attempts=limits.attempts, timeout=limits.timeout * 2, wait_initial=limits.wait, wait_jitter=limits.wait
        )
        later = stamina.RetryingCaller(attempts=len(pauses) + 1, timeout=None)
        return later(wait, at_once, _TransientError, self._follow, parse_url(url), request)

    def _follow(self, url: httpx2.URL, request: _Request) -> Document | None:
        about = request.about
        for _ in range(self.limits.redirects + 1):
            self._reach.admit(url, about)
            with self._pace(url.host):
                answer = self._once(url, request)
            if not isinstance(answer, httpx2.URL):
                return answer
            if not request.redirects:
                raise FeedError("redirected, which is not followed for a request with a body or headers", about=about)
            url = answer
        raise FeedError(f"redirected more than {self.limits.redirects} times", about=about)

    def _once(self, url: httpx2.URL, request: _Request) -> Document | httpx2.URL | None:
        """One request. The client's own exceptions are replaced here, because they contain the URL and retries are
        logged.
        """
        about = request.about
        late = f"no whole answer within {self.limits.timeout:g} s"
        with Deadline(self.limits.timeout) as deadline:
            try:
                answer = self._ask(url, request, deadline)
            except httpx2.TimeoutException:
                raise _TransientError(late, about=about, remedy=_LATER) from None
            except httpx2.DecodingError:
                raise FeedError("the compressed answer is damaged", about=about, remedy=_LATER) from None
            except httpx2.RequestError as error:
                broken = f"the connection broke off ({type(error).__name__})"
                broken = f"cannot connect ({error})" if isinstance(error, httpx2.ConnectError) else broken
                raise _TransientError(late if deadline.over else broken, about=about, remedy=_LATER) from None
            if deadline.over:  # without a Content-Length, an answer cut off by the deadline looks complete
                raise _TransientError(late, about=about, remedy=_LATER)
        return answer

    def _ask(self, url: httpx2.URL, request: _Request, deadline: Deadline) -> Document | httpx2.URL | None:
        """The document, None if there is none to send, or the URL it redirects to, over a connection of its own that is
        closed at the end.
        """
        about = request.about
        guard = self._reach.guard(url, about)

        def trace(event: str, info: Mapping[str, Any]) -> None:
            guard(event, info)
            deadline.watch(event, info)

        with (
            # A new connection for each request: arXiv allows a single one, and an idle one may have died.
            httpx2.Client(
                timeout=self.limits.timeout, headers={**self._headers, **request.headers}, verify=trusted()
            ) as client,
            client.stream(
                "GET" if request.body is None else "POST", url, content=request.body, extensions={"trace": trace}
            ) as response,
        ):
            self.server_time = _moment(response.headers.get("date", ""))
            if response.next_request is not None:
                return _next(url, response.next_request.url, about)
            if response.status_code == request.nothing:
                return None
            _check_status(response, about, request.remedies)
            _check_kind(response, about, request.media_types)
            body = self._body(response, about)
            return Document(body, _header(response, "etag"), _header(response, "last-modified"))

    def _body(self, response: httpx2.Response, about: str) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > self.limits.max_bytes:
                raise FeedError(f"the document is larger than {self.limits.max_bytes} bytes", about=about)
        return bytes(body)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Parse a Retry-After header (RFC 9110, 10.2.3), seconds or an HTTP date; return the seconds from `now`, None if it
    is invalid.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    wanted = _moment(text)
    return max(0.0, (wanted - now).total_seconds()) if wanted else None


def _moment(header: str) -> datetime | None:
    """An HTTP date (RFC 9110, 5.6.7); None for anything else."""
    try:
        stated = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return stated if stated.tzinfo else stated.replace(tzinfo=UTC)


def _header(response: httpx2.Response, name: str) -> str:
    """A header that can be sent back as it is; "" if it is missing, long or no plain ASCII."""
    value = str(response.headers.get(name, ""))
    return value if len(value) <= _LONGEST_VALIDATOR and value.isascii() and value.isprintable() else ""


def _next(url: httpx2.URL, target: httpx2.URL, about: str) -> httpx2.URL:
    """The target of a redirect. Raises FeedError if it would leave HTTPS."""
    if target.scheme not in {"http", "https"} or (url.scheme == "https" and target.scheme != "https"):
        raise FeedError(f"redirected to {target.scheme!r}, which is not secure", about=about)
    return target


def _check_kind(response: httpx2.Response, about: str, media_types: frozenset[str]) -> None:
    """Raises FeedError for another media type or compression than was asked for."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in media_types:
        raise FeedError(f"an answer of the type {kind[:60]!r} came, not one of {sorted(media_types)}", about=about)
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"identity", "gzip"}:  # nested compression would be unpacked before its size can be checked
        raise FeedError(f"the answer is packed as {coding[:60]!r}, which was not asked for", about=about)


def _check_status(response: httpx2.Response, about: str, remedies: Mapping[int, str]) -> None:
    """Raises FeedError unless the status is 200. If the server states when to come back, the request is not retried
    before.
    """
    status = response.status_code
    if status == httpx2.codes.OK:
        return
    wait = retry_after(response.headers.get("retry-after"), datetime.now(UTC))
    # Retries within seconds make no sense against a stated waiting time, which only longer pauses keep.
    kind = _TransientError if status in _TRANSIENT and wait is None else FeedError
    kind = TooManyRequests if status == httpx2.codes.TOO_MANY_REQUESTS else kind
    raise kind(f"the server answers HTTP {status}", about=about, remedy=remedies.get(status, _LATER), retry_after=wait)


ARXIV_HOSTS = frozenset({"rss.arxiv.org", "export.arxiv.org", "oaipmh.arxiv.org", "arxiv.org"})


class LocalThrottle:
    """Throttle for one process: one request at a time to all arXiv hosts together, `interval` seconds after the
    previous one ended.

    arXiv's terms (info.arxiv.org/help/api/tou) allow one request every three seconds over a single connection. Counting
    from the end of a request keeps that distance at arXiv's side too, whatever the network delays.
    """

    def __init__(
        self,
        interval: float = 3.0,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = interval
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free_at = float("-inf")

    @contextmanager
    def __call__(self, host: str) -> Iterator[None]:
        """Context manager for one request to `host`; waits for arXiv's hosts, never for others."""
        if host not in ARXIV_HOSTS:
            yield
            return
        with self._lock:
            self._sleep(max(0.0, self._free_at - self._monotonic()))
            try:
                yield
            finally:
                self._free_at = self._monotonic() + self._interval


_PORTS = {"http": 80, "https": 443}


class AllowedHosts:
    """Decides which URLs may be requested: arXiv's and other public `hosts` over HTTPS, and host and port of the URLs
    that the operator named.

    Only hosts that the operator named may be in a private network, and only if they are not among the public hosts.
    """

    def __init__(self, own_urls: Iterable[str], hosts: Iterable[str] = ()) -> None:
        self._public = ARXIV_HOSTS.union(hosts)
        self._own: set[tuple[str, int]] = set()
        for url in own_urls:
            with suppress(FeedError):  # an invalid URL fails when it is requested, and must not stop the other feeds
                host, port = _place(parse_url(url))
                self._own.update({(host, port), (host, _PORTS["https"] if port == _PORTS["http"] else port)})

    def admit(self, url: httpx2.URL, about: str) -> None:
        """Check before a request that its URL is allowed: HTTPS at the default port of a public host on the list, or an
        address that the operator configured. Raises FeedError if not.
        """
        known = url.scheme == "https" and url.port is None and url.host in self._public
        if not known and _place(url) not in self._own:
            raise FeedError(
                f"{url.scheme}://{url.netloc.decode('ascii')} is not an allowed host",
                about=about,
                remedy="name the address in the settings or with --feed if it is meant",
            )

    def guard(self, url: httpx2.URL, about: str) -> Callable[[str, Mapping[str, Any]], None]:
        """Make a trace function (httpx2) for one request, which raises FeedError if the IP address actually connected
        to is not allowed, so that DNS cannot direct a public name into a private network.

        A connection to another host than the URL's is one to the proxy in the operator's environment, and is allowed.
        """
        private_allowed = url.host not in self._public and _place(url) in self._own
        dialed = ""

        def look(event: str, info: Mapping[str, Any]) -> None:
            nonlocal dialed
            if event == "connection.connect_tcp.started":
                dialed = str(info["host"])
            elif event == "connection.connect_tcp.complete" and dialed == url.host and not private_allowed:
                stream = info["return_value"]
                peer = str(stream.get_extra_info("server_addr")[0])
                if not is_public(peer):
                    stream.close()
                    raise FeedError(f"{url.host} resolves to the private address {peer}", about=about)

        return look


def parse_url(url: str) -> httpx2.URL:
    """Parse an http(s) URL with a host. Raises FeedError, without the URL because it may contain a secret."""
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise FeedError("not a URL", remedy="check the feeds in the settings") from error
    if parsed.scheme not in _PORTS or not parsed.host:
        raise FeedError("not an http or https URL", about=parsed.host, remedy="check the feeds in the settings")
    return parsed


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet."""
    ip = ipaddress.ip_address(address)
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return ip.is_global and not ip.is_multicast


def _place(url: httpx2.URL) -> tuple[str, int]:
    return url.host, url.port or _PORTS[url.scheme]
