"""A curator's morning in local-slack: ten cards approved by buttons, one a second, and ten decided by reactions alone while
no process runs. Prints how long each row takes to show, and the updates of messages.

    WATCHER_TOOLS=.tools python benchmarks/morning.py [--cards 10] [--pause 1.0]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the project and the tests' servers, from wherever this is run

from tests.factories import a_relevance, a_screening, a_summary, an_announcement
from tests.scenarios.slack import cards
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, CHANNEL, HANA, LocalSlack, running_local_slack
from tests.servers.slack_proxy import SlackProxy
from tests.tools import local_slack
from watcher.bootstrap import Watcher
from watcher.domain.papers.paper import PaperId
from watcher.pipeline.intake import NOTHING
from watcher.runtime.serve import EmbeddedServer
from watcher.settings import Settings, load_settings

_CONFIG = Path(__file__).parents[1] / "config"
_NOBODY = "http://127.0.0.1:9"
_RUN = "benchmark"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cards", type=int, default=10)
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two clicks")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running_local_slack(local_slack(), folder) as slack, SlackProxy(slack) as proxy:
            names = (
                "WATCHER_S2_URL",
                "WATCHER_OPENALEX_URL",
                "WATCHER_HF_URL",
                "WATCHER_ARXIV_API_URL",
                "WATCHER_ARXIV_RSS_URL",
            )
            environment = {
                **dict.fromkeys(names, _NOBODY),
                "WATCHER_CONFIG": str(_CONFIG),
                "WATCHER_DATA": str(folder / "var"),
                "SLACK_API_URL": proxy.api,
                "SLACK_BOT_TOKEN": BOT_TOKEN,
                "SLACK_APP_TOKEN": APP_TOKEN,
                "SLACK_CHANNEL": CHANNEL,
                "PORT": "0",
            }
            os.environ.update(environment)
            settings = load_settings(environment)
            begin(settings, 2 * given.cards)
            morning(settings, slack, proxy, given.cards, given.pause)
        sys.stdout.flush()
        os._exit(0)  # what is left would wait for services that are not there


def begin(settings: Settings, count: int) -> None:
    """Post so many cards."""
    watcher, now = Watcher(settings), datetime.now(UTC)
    store, topic = watcher.store, settings.topics[0]
    natives = [f"2001.{number:05d}" for number in range(1, count + 1)]
    store.papers.announce([an_announcement(native) for native in natives], [topic], _RUN, now)
    numbers = [store.papers.numbers_of(PaperId("arxiv", native))[0] for native in natives]
    store.papers.add_screenings([(number, a_screening()) for number in numbers], _RUN, now)
    store.scoring.batches(topic.slug, 50, None)
    store.scoring.add_relevances([(number, a_relevance()) for number in numbers], [], _RUN, now)
    for number in numbers:
        store.summaries.add(number, a_summary(), _RUN, now)
    watcher.pipeline.run(_RUN, NOTHING)
    watcher.close()


def morning(settings: Settings, slack: LocalSlack, proxy: SlackProxy, count: int, pause: float) -> None:
    """Approve half of the cards by buttons, the others by reactions before the process starts."""
    ts = {paper: post["ts"] for paper, post in sorted(cards(slack).items())}
    by_reaction, by_button = list(ts)[:count], list(ts)[count:]
    for paper in by_reaction:
        slack.react(ts[paper], "white_check_mark", HANA)
    updates, began = proxy.calls["chat.update"], time.monotonic()
    with EmbeddedServer(settings).running():
        shown = wait(slack, dict.fromkeys(by_reaction, began))
        print(
            f"{count} reactions given while nothing ran: rows shown {max(shown.values()):.1f} s after the start at the latest,"
        )
        print(f"  {proxy.calls['chat.update'] - updates} updates of messages")

        updates, clicked = proxy.calls["chat.update"], dict[str, float]()
        delays: dict[str, float] = {}
        for paper in by_button:
            clicked[paper] = time.monotonic()
            slack.click(ts[paper], "approve", HANA)
            while time.monotonic() < clicked[paper] + pause:
                look(slack, clicked, delays)
                time.sleep(0.05)
        delays = wait(slack, clicked, delays)
        told = " ".join(f"{delays[paper]:.1f}" for paper in by_button)
        print(f"{count} clicks {pause:g} s apart: rows shown after {told} s; one click a card,")
        print(f"  {proxy.calls['chat.update'] - updates} updates of messages")


def look(slack: LocalSlack, since: dict[str, float], found: dict[str, float]) -> None:
    """Note which cards show their rows now, and how long that took."""
    for paper, post in cards(slack).items():
        if paper in since and "No. " in str(post["blocks"]):
            found.setdefault(paper, time.monotonic() - since[paper])


def wait(slack: LocalSlack, since: dict[str, float], found: dict[str, float] | None = None) -> dict[str, float]:
    """How long each card took to show its row."""
    shown = found or {}
    while len(shown) < len(since):
        look(slack, since, shown)
        time.sleep(0.05)
    return shown


if __name__ == "__main__":
    main()
