"""What may be spent a day and said a second holds for all processes together."""

from __future__ import annotations

import itertools
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from tests.fakes import NOON
from tests.servers.llm import LlmServer
from tests.windows import start
from watcher.adapters.store import SqlStore

pytestmark = pytest.mark.endurance

BILLED, ANSWER = 1200, 1000
PAUSE = 0.3

# Asks in three threads until the day's cap is reached.
SPENDER = f"""
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from tests.adapters.llm.memory import MemoryAbilities
from tests.adapters.llm.test_openai import REQUEST
from tests.fakes import NOON
from watcher.adapters.llm.openai import OpenAIModel
from watcher.adapters.llm.openai import SpendingGuard
from watcher.adapters.store import SqlStore, open_database
from watcher.domain.budget import Caps
from watcher.domain.errors import CapReached
store = SqlStore(open_database(sys.argv[1]))
spending = SpendingGuard(store.models, Caps(tokens=int(sys.argv[3])), lambda: NOON, answer_tokens={ANSWER})
model = OpenAIModel("test-model", sys.argv[2], "sk-test", MemoryAbilities(), spending=spending)
def spend(thread):
    try:
        while True:
            model.ask(REQUEST)
    except CapReached:
        sys.stdout.write("reached\\n")  # in one job: print writes the end of its line by itself
with ThreadPoolExecutor(3) as pool:
    list(pool.map(spend, range(3)))
"""

# Posts three reminders to one channel, in turns of the deployment's.
POSTER = f"""
import sys
from watcher.adapters.desks.slack.api.client import make_client
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.store import SqlStore, open_database
from datetime import UTC, datetime
from watcher.domain.health import Alarm, AlarmChange, AlarmKind
from watcher.bootstrap.slack import shared_throttles
desk = SlackDesk(make_client("xoxb-1", sys.argv[2]), "C1", pause={PAUSE}, throttles=shared_throttles(SqlStore(open_database(sys.argv[1]))))
for number in range(3):
    desk.send(f"key/{{number}}", Alarm(AlarmKind.PUSH, AlarmChange.OPENED, "", datetime.now(UTC)))
"""


class Taking(BaseHTTPRequestHandler):
    """Takes every message for posted, and keeps when it came."""

    at: ClassVar[list[float]] = []

    def do_POST(self) -> None:
        self.at.append(time.monotonic())
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"ok": True, "channel": "C1", "ts": "1.1"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Silence."""


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_four_processes_never_exceed_the_tokens_of_a_day(store: SqlStore, database_url: str) -> None:
    cap = 12 * BILLED
    with LlmServer() as server:
        workers = start(4, SPENDER, database_url, server.url, str(cap))
        said = [worker.communicate()[0].split() for worker in workers]
        calls = server.calls

    assert said == [["reached"] * 3] * 4
    assert cap - BILLED - 4 * ANSWER < calls * BILLED <= cap
    assert store.models.spent(NOON).tokens == calls * BILLED


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_processes_post_to_a_channel_in_turn(database_url: str) -> None:
    Taking.at.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as slack:
        threading.Thread(target=slack.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        posters = start(2, POSTER, database_url, f"http://127.0.0.1:{slack.server_port}/api/")
        assert [poster.wait() for poster in posters] == [0, 0]
        slack.shutdown()
        for poster in posters:
            poster.communicate()

    came = sorted(Taking.at)
    assert len(came) == 6
    assert min(after - before for before, after in itertools.pairwise(came)) >= PAUSE
