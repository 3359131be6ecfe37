"""A page about a hostile paper has the same elements as a page about any other."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from tests.adapters.desks.web.conftest import Serving, Visit
from tests.attacks import ATTACKS
from tests.cards import card
from tests.fakes import MemoryCuration
from watcher.domain.curation.card import Card
from watcher.domain.facts import Summary
from watcher.domain.papers.paper import Paper
from watcher.domain.summaries.cells import cells_of


class Elements(HTMLParser):
    """The tags of a page with the names of their attributes; links and sources in full."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, ...]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        where = {"href", "src", "action", "style", "content"}
        self.found.append((tag, *(f"{name}={value}" if name in where else name for name, value in attrs)))


def shown(number: int, of: Paper, text: str) -> Card:
    summary = Summary(text, (text[:60],), (text,), (), "p", "m")
    return card(number, of, summary=summary, cells=cells_of(of, summary))


@pytest.mark.endurance
def test_every_attack_is_inert_on_its_page(serving: Serving, visit: Visit) -> None:
    cards = [shown(1, ATTACKS[0].paper, "plain words")]
    cards += [shown(1, attack.paper, f"{attack.paper.title} {attack.paper.abstract}") for attack in ATTACKS]
    pages = []
    reader = visit(serving())
    for number, of in enumerate(cards):
        native = of.candidate.paper.id.native
        serving(MemoryCuration([of]))
        elements = Elements()
        elements.feed(reader.get("/card/1").text.replace(native, "ID"))
        pages.append((ATTACKS[number - 1].name if number else "plain", elements.found))
    assert len(pages[0][1]) > 20
    assert [name for name, found in pages if found != pages[0][1]] == []
