"""Mornings on which things go wrong, through the real process and local-slack: 0 lost, 0 doubled, cards true in the end."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.scenarios.conftest import RELEVANT, Deployment
from tests.scenarios.slack import actions, cards
from tests.servers.slack import HANA, KEN, LocalSlack, eventually
from tests.servers.slack_proxy import SlackProxy
from watcher.words_ja import slack as looking
from watcher.words_ja import slack as words

pytestmark = pytest.mark.endurance

ONE = "2606.27483"


@contextmanager
def serving(live: Deployment) -> Iterator[None]:
    process = live.start("serve", "--port", "0")
    try:
        yield
    finally:
        process.kill()
        process.wait(20)


def arrived(slack: LocalSlack) -> None:
    eventually(lambda: len(cards(slack)) == 7, 90)


def shown(slack: LocalSlack, paper: str = ONE) -> str:
    return str(cards(slack)[paper]["blocks"])


@pytest.mark.parametrize(
    "faults",
    [
        ("", "", "throttled", "throttled", "throttled"),
        ("", "lost", "broken", "", "lost"),
        ("internal", "", "broken", "refused:fatal_error"),
    ],
    ids=["429 three times mid-digest", "replies dropped after acceptance", "500s"],
)
def test_a_digest_comes_whole_and_once_whatever_slack_does(
    live: Deployment, slack: LocalSlack, proxy: SlackProxy, faults: tuple[str, ...]
) -> None:
    proxy.fail("chat.postMessage", *faults)

    for _ in range(4):
        if live("digest" if slack.posts() else "run").code == 0:
            break

    assert set(cards(slack)) == RELEVANT
    assert len(slack.posts()) == 8


def test_a_kill_between_the_click_and_the_catalog_loses_nothing(live: Deployment, slack: LocalSlack) -> None:
    with serving(live):
        arrived(slack)
        slack.click(cards(slack)[ONE]["ts"], "approve", HANA)
        eventually(lambda: "判断：" in live("log", ONE).out)

    with serving(live):
        eventually(lambda: "No. 26" in shown(slack))
    assert live.catalog.read_text(encoding="utf-8").count(f"abs/{ONE}") == 1
    assert len(slack.posts()) == 8


def test_two_curators_at_once_leave_one_truth(live: Deployment, slack: LocalSlack) -> None:
    with serving(live):
        arrived(slack)
        ts = cards(slack)[ONE]["ts"]
        with ThreadPoolExecutor(2) as together:
            seen = [(slack.button(ts, "approve"), HANA), (slack.button(ts, "reject"), KEN)]
            list(together.map(lambda one: slack.press(ts, *one), seen))
        eventually(lambda: live("status", "--json").json["waiting"]["decide"] == 6)
        eventually(lambda: live("status", "--json").json["waiting"]["catalog"] == 0)
        standing = live("decide", ONE, "later", "--json")
        assert standing.code == 0
        eventually(lambda: words.POSTPONED in shown(slack))

    verdicts = [entry["gist"].split()[0] for entry in live("log", ONE, "--json").json if entry["what"] == "decided"]
    assert verdicts[-1] == "later"
    assert set(verdicts) <= {"approve", "reject", "later"}


def test_a_rejection_gets_its_reason_and_another_summary_leaves_its_trace(live: Deployment, slack: LocalSlack) -> None:
    with serving(live):
        arrived(slack)
        slack.choose(cards(slack)[ONE]["ts"], "more", looking.REWRITE, HANA)
        eventually(lambda: "再要約：" in live("log", ONE).out)
        eventually(lambda: words.REWRITING not in shown(slack))

        slack.click(cards(slack)[ONE]["ts"], "reject", HANA)
        eventually(lambda: words.REJECTED in shown(slack))
        slack.choose(cards(slack)[ONE]["ts"], "reason", "scope", HANA)
        eventually(lambda: looking.REASONS["scope"] in shown(slack))
        assert actions(cards(slack)[ONE]) == {"undo"}

    told = live("log").out
    assert looking.REASONS["scope"] in told
    assert re.search("再要約を依頼：2606.27483 .* hana", told)


def test_a_long_day_stands_in_the_digests_thread(live: Deployment, slack: LocalSlack, proxy: SlackProxy) -> None:
    live.configure(live.folder / "config", "cards_in_channel = 15", "cards_in_channel = 3")
    proxy.fail("chat.postMessage", *[""] * 5, "lost")

    for _ in range(3):
        if live("digest" if slack.posts() else "run").code == 0:
            break

    posts = [sent for method, sent in proxy.sent if method == "chat.postMessage"]
    threads = [sent.get("thread_ts", "") for sent in posts]
    digest = slack.posts()[0]["ts"]
    assert threads == [""] * 4 + [digest] * 4
    assert set(cards(slack)) == RELEVANT
    assert words.threaded(3, 4) in str(slack.posts()[0]["blocks"])


def permalinks(slack: LocalSlack, digest: int = 0) -> set[str]:
    """The messages to which the digest leads, by ts."""
    found = re.findall(r"/archives/C01PAPERS/p(\d{10})(\d{6})", str(slack.posts()[digest]["blocks"]))
    return {f"{seconds}.{rest}" for seconds, rest in found}


def test_the_digest_is_edited_once_with_links_to_the_cards(
    live: Deployment, slack: LocalSlack, proxy: SlackProxy
) -> None:
    assert live("run").code == 0

    assert permalinks(slack) == {post["ts"] for post in cards(slack).values()}
    assert proxy.calls["chat.update"] == 1
    assert live("digest").code == 0
    assert proxy.calls["chat.update"] == 1


def test_what_ended_between_cards_and_links_is_made_up_for_also_on_another_day(
    live: Deployment, slack: LocalSlack, proxy: SlackProxy
) -> None:
    proxy.fail("chat.update", "broken")
    assert live.run().code == 1
    assert permalinks(slack) == set()

    live("digest", "--now", "2026-06-30T00:30:00+00:00")

    assert permalinks(slack) == {post["ts"] for post in cards(slack).values()}
    assert len(cards(slack)) == 7


def test_reminder_and_search_lead_to_the_cards(live: Deployment, slack: LocalSlack) -> None:
    assert live.run().code == 0
    ts = {post["ts"].replace(".", "") for post in cards(slack).values()}

    live("digest", "--now", "2026-07-05T00:30:00+00:00")

    reminder = str(slack.posts()[-1]["blocks"])
    assert set(re.findall(r"/archives/C01PAPERS/p(\d+)", reminder)) == ts


def test_approvals_a_second_apart_show_their_rows_soon_with_one_update_a_card(
    live: Deployment, slack: LocalSlack, proxy: SlackProxy
) -> None:
    with serving(live):
        arrived(slack)
        eventually(lambda: permalinks(slack))
        before, delays = proxy.calls["chat.update"], dict[str, float]()
        clicked = dict[str, float]()

        def all_stand() -> bool:
            for paper, post in cards(slack).items():
                if paper in clicked and "No. " in str(post["blocks"]):
                    delays.setdefault(paper, time.monotonic() - clicked[paper])
            return len(delays) == 6

        for paper in sorted(RELEVANT)[:6]:
            clicked[paper] = time.monotonic()
            slack.click(cards(slack)[paper]["ts"], "approve", HANA)
            while time.monotonic() < clicked[paper] + 1.0:
                all_stand()
                time.sleep(0.05)
        eventually(all_stand)
        updates = proxy.calls["chat.update"] - before

    print(
        "seconds from click to row:", {paper: round(delay, 2) for paper, delay in delays.items()}, "updates:", updates
    )
    assert max(delays.values()) < 10, "three on an idle machine"
    assert updates <= 9, "of six cards, and none twice but where the row took longer than a second"
