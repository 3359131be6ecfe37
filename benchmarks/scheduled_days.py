"""Plays days of a deployment that is a schedule and a fork, with no machine of its own.

    python benchmarks/scheduled_days.py [--days 90] [--seed 1]
    python benchmarks/scheduled_days.py --size       # of the state: two weeks of real papers

Every run is the real command in a fresh clone with an empty data folder, against a bare repository, Slack, arXiv and a
model server on loopback. A third of the runs is left out, others are late, doubled or killed by SIGKILL at a random
moment; people react to cards and push edits of the catalog at random. At the end every paper must have been screened
once, every relevant one have one card, every reaction be a decision, every approved paper stand in one row, every edit
be there, and no message have been posted twice (looked up by metadata). Exits with 1 otherwise.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the project, from wherever this is run

from cryptography.fernet import Fernet  # noqa: E402

from benchmarks.label_reader import STREAM  # noqa: E402
from tests.scheduled_days import Play  # noqa: E402
from tests.servers.llm import LlmServer  # noqa: E402
from watcher.adapters.desks.slack.api.oauth import TokenCipher  # noqa: E402
from watcher.adapters.sources.jsonl import PaperFile  # noqa: E402
from watcher.adapters.store.backup import PublicForm, backup  # noqa: E402
from watcher.bootstrap import Watcher  # noqa: E402
from watcher.domain.papers.feeds import FeedRole, Watch  # noqa: E402
from watcher.pipeline.intake import POLL  # noqa: E402
from watcher.settings import load_settings  # noqa: E402


def main() -> None:
    """Play the days, or measure the size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", action="store_true")
    given = parser.parse_args()
    if given.size:
        size()
        return
    with tempfile.TemporaryDirectory() as folder, Play(Path(folder), given.seed, given.days) as play:
        began = time.perf_counter()
        play.live(tell=lambda day: print(f"{day} {play.found.runs} runs", file=sys.stderr, flush=True))
        took = time.perf_counter() - began
        broken = ""
        try:
            play.check()
        except AssertionError as error:
            broken = str(error)
        found, (again, cost) = play.found, play.asked_again
        print(f"seed {given.seed}, {given.days} days: {found.runs} runs in {took:.0f} s")
        print(
            f"  {found.left_out} days left out, {found.late} runs late, {found.overtaken} overtaken by another (exit 0)"
        )
        print(f"  {found.killed} killed; {sum(found.failed.values())} ended with a failure")
        for told, times in found.failed.most_common():
            print(f"    {times}x {told}")
        print(f"  {len(play.cards())} cards, {len(play.reacted)} reactions, {len(play.edits)} edits by people")
        print(f"  {len(play.llm.asked)} questions, {again} of them asked again, which cost ${cost:.4f}")
        print(
            f"  state {len(play.state()) / 1024:.0f} kB; a run {mean(found.seconds):.1f} s, at most {max(found.seconds):.1f}"
        )
        print(f"  broken: {broken}" if broken else "  nothing lost, nothing doubled")
    raise SystemExit(bool(broken))


def size() -> None:
    """Two weeks of real papers, each day screened, put to triage, scored and summarized: the sizes of backup and state."""
    lines = [json.loads(line) for line in gzip.decompress(STREAM.read_bytes()).splitlines()]
    days = sorted({line["announced"][:10] for line in lines if line.get("announced")})[:14]
    with tempfile.TemporaryDirectory() as folder, LlmServer() as llm:
        environ = {"WATCHER_CONFIG": str(ROOT / "config"), "WATCHER_DATA": folder, "OPENAI_BASE_URL": llm.url}
        settings = load_settings(environ | {"OPENAI_API_KEY": "sk-test-0123456789", "WATCHER_MODEL": "m"})
        for number, day in enumerate(days):
            papers = Path(folder, f"{day}.jsonl")
            chosen = [json.dumps(line) for line in lines if str(line.get("announced", ""))[:10] == day]
            papers.write_text("\n".join(chosen) + "\n", encoding="utf-8")
            watcher = Watcher(settings, sources=[PaperFile(papers)], watch=Watch(FeedRole.OTHER), enrichers=[])
            at = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(hours=6)
            watcher.pipeline.run(f"day-{number}", POLL, now=at)
            watcher.close()
        watcher = Watcher(settings)
        cipher = TokenCipher(Fernet.generate_key().decode())
        whole, state = Path(folder, "whole.gz"), Path(folder, "state.gz")
        backup(watcher.store.database, whole, datetime.now(UTC))
        began = time.perf_counter()
        backup(watcher.store.database, state, datetime.now(UTC), PublicForm(cipher.encrypt, cipher.decrypt))
        took = time.perf_counter() - began
        watcher.close()
        sizes = [path.stat().st_size / 2**20 for path in (whole, state)]
        print(f"{len(days)} days: backup {sizes[0]:.1f} MB, state {sizes[1]:.1f} MB, written in {took:.1f} s")


if __name__ == "__main__":
    main()
