"""Every secret is planted, every service quotes them in its errors: none is told anywhere but to its service."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.scenarios.conftest import Deployment
from tests.servers.llm import LlmServer, failing

PLANTED = {
    "OPENAI_API_KEY": "sk-planted-model-0123456789",
    "SLACK_BOT_TOKEN": "xoxb-planted-bot-0123456789",
    "SLACK_APP_TOKEN": "xapp-planted-app-0123456789",
    "SLACK_SIGNING_SECRET": "planted0signing0secret",
    "GITHUB_TOKEN": "ghp_planted0github0123456789",
    "S2_API_KEY": "planted-figures-key",
    "WATCHER_WEB_SECRET": "planted web secret",
    "WATCHER_METRICS_TOKEN": "planted-metrics-token",
    "WATCHER_PING_URL": "http://127.0.0.1:9/planted-ping-address",
}


@pytest.fixture
def gossip() -> Iterator[str]:
    """A Slack that quotes what it was sent in its errors."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            body = f'{{"ok":false,"error":"fatal_error {self.headers["Authorization"]}","sent":"{len(sent)}"}}'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/"
    server.shutdown()
    thread.join()
    server.server_close()


def told_in(deployment: Deployment) -> bytes:
    """Everything a deployment leaves behind: database, write-ahead log, logs, catalog and its history."""
    files = [path for path in deployment.folder.rglob("*") if path.is_file() and path.suffix != ".toml"]
    return b"\n".join(path.read_bytes() for path in files)


@pytest.mark.endurance
def test_no_planted_secret_is_told_by_any_command_file_or_log(
    deployment: Deployment, llm: LlmServer, gossip: str, tmp_path: Path
) -> None:
    everything = " ".join(PLANTED.values())
    deployment.env |= {**PLANTED, "SLACK_API_URL": gossip, "SLACK_CHANNEL": "C01PAPERS", "WATCHER_LOG": "debug"}
    deployment.env |= {"DATABASE_URL": f"sqlite:///{tmp_path / 'planted.db'}"}

    told = []
    llm.always(failing(400, None, f"you sent {everything}"))
    told.append(deployment.run())
    llm.reset()
    told.append(deployment.run())
    deployment.env["WATCHER_ARXIV_RSS_URL"] = "http://127.0.0.1:9/rss/"
    told += [deployment(*line.split()) for line in ("status", "status --json", "check", "doctor --json", "log")]
    deployment.env["WATCHER_DEBUG"] = "1"
    told.append(deployment("decide", "2606.27406", "approve"))
    process = deployment.start("serve", "--port", "0")
    code = process.wait(30)

    everywhere = told_in(deployment).decode(errors="replace") + "".join(done.out + done.err for done in told)
    assert told[0].code == told[1].code == 1, "the model, then Slack, refused"
    assert "you sent" in everywhere
    assert "fatal_error" in everywhere
    assert code == 1, "Slack lets nobody in"
    assert [name for name, secret in PLANTED.items() if secret in everywhere] == []
