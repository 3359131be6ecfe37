"""A deployment that is a schedule and a repository: days in which runs are left out, doubled and killed, and the steps of
the workflow themselves, from an empty fork to the first digest, a decision and its row.
"""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.docs.test_workflow import FILE
from tests.scheduled_days import START, Play
from tests.servers.slack import BOT_TOKEN, CHANNEL, HANA
from tests.workflow import Runner, read

pytestmark = pytest.mark.endurance

_GAP = "予定の実行が2日以上ありませんでした"


def test_days_on_which_runs_fail_in_every_way_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    with Play(tmp_path, seed=1, days=3) as play:
        assert play.run(play.at(START)) == 0
        second = play.at(START + timedelta(days=1))
        play.run(second, kill_after=1.5)
        assert play.run(second + timedelta(minutes=30)) == 0
        play.react(1.0)
        play.edit()
        assert play.run_twice(play.at(START + timedelta(days=2))) == [0, 0]
        assert not any(_GAP in str(post["blocks"]) for post in play.slack.posts())
        assert play.run(play.at(START + timedelta(days=5))) == 1, "the schedule has not fired for three days"
        assert any(_GAP in str(post["blocks"]) for post in play.slack.posts()), "the digest tells of it"

        play.check()


@contextmanager
def github() -> Iterator[tuple[str, list[str]]]:
    """GitHub's API, as far as the last step asks it; gives its address and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            asked.append(f"{self.path} {self.headers['Authorization']}")
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


_PYTHON = """#!/bin/sh
# what `python -m venv DIR` makes, with a pip that installs nothing, since all is here
mkdir -p "$3/bin"
printf '#!/bin/sh\\nexit 0\\n' > "$3/bin/pip"
printf '#!/bin/sh\\nexec {python} -m watcher "$@"\\n' > "$3/bin/literature-watcher"
chmod +x "$3/bin/pip" "$3/bin/literature-watcher"
"""


def test_the_steps_of_the_workflow_lead_from_a_fork_to_a_digest_a_decision_and_a_row(tmp_path: Path) -> None:
    (job,) = read(FILE)["jobs"].values()
    programs, temp = tmp_path / "bin", tmp_path / "temp"
    programs.mkdir()
    (programs / "python").write_text(_PYTHON.format(python=sys.executable), encoding="utf-8")
    (programs / "python").chmod(0o755)
    with Play(tmp_path / "play", seed=1, days=3) as play, github() as (api, asked):
        play.show(play.at(START + timedelta(days=1)))
        environ = play.environment("work") | {
            "PATH": f"{programs}:{play.environment('work')['PATH']}:/usr/bin:/bin",
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "RUNNER_TEMP": str(temp),
            "GITHUB_API_URL": api,
            "GITHUB_REPOSITORY": "group/papers",
            "GITHUB_WORKFLOW_REF": "group/papers/.github/workflows/literature-watcher.yml@refs/heads/main",
        }
        for name in ("WATCHER_DATA", "WATCHER_CATALOG", "WATCHER_STATE_BRANCH", "WATCHER_CATALOG_PUSH"):
            del environ[name]
        values = {
            "github.ref_name": "main",
            "github.token": "ghs-test",
            "runner.temp": str(temp),
            "vars.WATCHER_MODEL": "m",
            "vars.OPENAI_BASE_URL": play.llm.url,
            "vars.SLACK_CHANNEL": CHANNEL,
            "secrets.OPENAI_API_KEY": "sk-test-0123456789",
            "secrets.SLACK_BOT_TOKEN": BOT_TOKEN,
            "secrets.WATCHER_SECRET_KEY": play.key,
        }
        for number in (1, 2):
            shutil.rmtree(temp, ignore_errors=True)
            temp.mkdir()
            runner = Runner(values, environ)
            failed = runner.job(job, tmp_path / f"checkout-{number}", play.bare)
            told = "\n".join(done.stdout + done.stderr for done in runner.done)
            assert failed == [], told
            if number == 1:
                paper, posts = next(iter(play.cards().items()))
                play.slack.react(posts[0]["ts"], "white_check_mark", HANA)
        text = play.git(play.bare, "show", "main:catalog.md")

    assert text.count(f"abs/{paper}") == 1
    assert asked == ["/repos/group/papers/actions/workflows/literature-watcher.yml/enable Bearer ghs-test"] * 2
    assert play.state()
    for hidden in ("hana", HANA, BOT_TOKEN, "sk-test-0123456789", play.key):
        assert hidden not in told
