"""Protects against server-side request forgery (SSRF): decides which hosts and addresses may be contacted."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

import httpx2

from watcher.adapters.sources.pace import ARXIV_HOSTS
from watcher.domain.errors import FeedError

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
