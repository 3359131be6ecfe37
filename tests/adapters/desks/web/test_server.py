import contextlib
import socket

import httpx2
import pytest

from tests.fakes import MemoryCuration
from watcher.adapters.desks.web.site import build_site, serve
from watcher.domain.errors import ConfigError

SECRET = "correct horse battery"


@pytest.mark.parametrize("secret", [None, ""])
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "desk.example.org", ""])  # noqa: S104
def test_serving_other_machines_without_sign_in_is_refused(host: str, secret: str | None) -> None:
    with pytest.raises(ConfigError, match="WATCHER_WEB_SECRET"):
        serve(build_site(MemoryCuration(), secret=secret), host)


def test_serving_other_machines_with_sign_in_is_allowed() -> None:
    with serve(build_site(MemoryCuration(), secret=SECRET), "0.0.0.0") as server:  # noqa: S104
        assert httpx2.get(f"http://127.0.0.1:{server.port}/health").text == "ok"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
def test_loopback_needs_no_secret_and_gets_a_free_port(host: str) -> None:
    with serve(build_site(MemoryCuration(), secret=None), host) as server:
        assert server.port > 0
        assert server.url == f"http://{host}:{server.port}"


def test_after_stop_nothing_listens() -> None:
    server = serve(build_site(MemoryCuration(), secret=None)).start()
    httpx2.get(f"{server.url}/health")
    server.stop()
    server.stop()
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{server.url}/health")


def test_a_port_in_use_is_a_clear_error() -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"127.0.0.1:{port}.*choose another port"):
            serve(build_site(MemoryCuration(), secret=None), port=port)
