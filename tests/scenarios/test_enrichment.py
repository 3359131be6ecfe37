"""A day's cards get venue and attention from services that count, in few questions, and never wait for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.scenarios.conftest import RELEVANT, Deployment
from tests.servers.figures import Figures, page

pytestmark = pytest.mark.endurance

PAPER = "2606.27483"


@pytest.fixture
def figures(deployment: Deployment) -> Iterator[Figures]:
    with Figures() as server:
        deployment.env |= {"WATCHER_S2_URL": server.url, "WATCHER_HF_URL": server.url}
        yield server


def attention(deployment: Deployment, paper: str) -> str:
    row: str = deployment("catalog", "row", paper).out
    return row.split("|")[-2].strip()


def test_a_day_takes_three_questions_and_its_cards_tell_what_was_counted(
    deployment: Deployment, figures: Figures
) -> None:
    figures.citations = {PAPER: 35}
    figures.dblp = {PAPER: "conf/icml/SomebodyE26"}
    figures.pages = {PAPER: page(PAPER, upvotes=12, githubRepo="https://github.com/a/b", githubStars=1234)}
    figures.daily = {"2026-06-29": [PAPER]}

    done = deployment.run()

    assert done.code == 0, done.err
    assert done.json["announced"] == 202
    assert len(figures.asked) == 3
    assert {name.partition(":")[2] for name in figures.asked[0].body["ids"]} == RELEVANT
    assert attention(deployment, PAPER) == "中 (被引用 35、Hugging Face 12票、GitHub 1.2k★)"
    other = min(RELEVANT - {PAPER})
    assert attention(deployment, other) == "低 (新着、注目度は未調査)"

    deployment("decide", PAPER, "approve")
    text = deployment.catalog.read_text(encoding="utf-8")
    assert "中 (被引用 35、Hugging Face 12票、GitHub 1.2k★)" in text
    deployment.run()
    assert len(figures.asked) == 3


def test_services_that_fail_hold_up_no_card_and_change_no_word(deployment: Deployment, figures: Figures) -> None:
    figures.next_answer(500, times=9)

    done = deployment.run()

    assert (done.code, done.json["posted"]) == (0, len(RELEVANT)), done.err
    assert attention(deployment, PAPER) == "低 (新着、注目度は未調査)"


def test_nobody_is_asked_where_no_service_is_named(deployment: Deployment, figures: Figures) -> None:
    deployment.configure(
        deployment.folder / "config", 'services = ["semantic-scholar", "hugging-face", "crossref"]', "services = []"
    )

    assert deployment.run().code == 0
    assert figures.asked == []


def test_check_names_what_the_services_lack(deployment: Deployment) -> None:
    services = 'services = ["semantic-scholar", "hugging-face", "crossref"]'
    deployment.configure(deployment.folder / "config", services, 'services = ["openalex"]')

    done = deployment("check")

    assert done.code == 1
    assert "OPENALEX_API_KEY が要ります" in done.err
