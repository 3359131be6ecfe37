"""A hostile paper among real ones changes nothing but its own candidate, and is inert where it is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.adapters.catalogs.rows import SEED, table_line
from tests.attacks import ATTACKS
from tests.block_kit import message_faults
from tests.cards import card, real_papers
from tests.factories import NOW, RUN, a_screening, a_topic
from tests.shipped import SCORE_PROMPT
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.desks.slack.messages.card import card_message
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade
from watcher.domain.budget import Usage
from watcher.domain.facts import Relevance, Summary
from watcher.domain.hostile.anomalies import anomalies
from watcher.domain.papers.paper import Announcement, AnnounceType, Paper
from watcher.domain.summaries.cells import RowContent, cells_of
from watcher.ports import Batch, Reply, Request
from watcher.stages.score import question, score

TOPIC = a_topic()
NEIGHBORS = [paper for _, paper in zip(range(25), real_papers(), strict=False)]
_LABEL = re.compile(r"^arXiv:(\S+)$", re.MULTILINE)


class Hijacked:
    """A model that does what any hostile paper in its question wants: itself 4, all others 0, strangers invented."""

    name = "hijacked"
    recorded = False

    def ask(self, request: Request) -> Reply:
        ids = _LABEL.findall(request.user)
        attacked = [native for native in ids if native >= "2606.90000"]
        entries = [
            {
                "arxiv_id": native,
                "score": 2 if not attacked else 4 if native in attacked else 0,
                "criterion": "a",
                "reason_ja": "世界モデルを扱う。",
            }
            for native in ids
        ]
        if attacked:
            entries += [{**entries[0], "arxiv_id": paper.id.native, "score": 0} for paper in NEIGHBORS]
            entries += [{**entries[0], "arxiv_id": "9999.99999"}]
        text = json.dumps({"papers": entries}) + (' "}]} {"papers": []}' if len(attacked) > 1 else "")
        return Reply(text, self.name, "stop", Usage(calls=1))


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[SqlStore]:
    database = open_database(f"sqlite:///{tmp_path / 'watcher.db'}")
    upgrade(database)
    yield SqlStore(database)
    database.close()


def batches_of(store: SqlStore, papers: list[Paper]) -> list[Batch]:
    announced = [Announcement(p, AnnounceType.NEW, "cs.AI+cs.CL", None, anomalies(p)) for p in papers]
    topic = a_topic(categories=frozenset(category for p in papers for category in p.categories))
    store.papers.announce(announced, [topic], RUN, NOW)
    store.papers.add_screenings([(c.number, a_screening()) for c in store.papers.to_screen(TOPIC.slug, 1000)], RUN, NOW)
    return list(store.scoring.batches(TOPIC.slug, 10, None))


def mixed() -> list[Paper]:
    """Every neighbor with a dozen attacks around it."""
    each = -(-len(ATTACKS) // len(NEIGHBORS))
    papers: list[Paper] = []
    for place, neighbor in enumerate(NEIGHBORS):
        papers += [neighbor, *(attack.paper for attack in ATTACKS[place * each : (place + 1) * each])]
    return papers


def verdicts(store: SqlStore, batches: list[Batch]) -> dict[str, Relevance]:
    natives = {c.number: c.paper.id.native for batch in batches for c in batch.candidates}
    found: dict[str, Relevance] = {}
    for batch in batches:
        scored = score(batch, TOPIC, Hijacked(), SCORE_PROMPT)
        store.scoring.add_relevances(scored.found, scored.missed, RUN, NOW)
        found |= {natives[number]: relevance for number, relevance in scored.found}
    return found


@pytest.mark.endurance
def test_no_attack_changes_a_word_of_what_is_asked_about_the_others_or_what_they_get(
    open_store: SqlStore, tmp_path: Path
) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'quiet.db'}")
    upgrade(database)
    quiet = SqlStore(database)
    real = {paper.id for paper in NEIGHBORS}

    alone = batches_of(quiet, NEIGHBORS)
    among = batches_of(open_store, mixed())
    theirs = [batch for batch in among if batch.candidates[0].paper.id in real]

    key = [[c.paper.id for c in batch.candidates] for batch in alone]
    assert [[c.paper.id for c in batch.candidates] for batch in theirs] == key
    told = [question(batch, TOPIC, SCORE_PROMPT).user for batch in alone]
    assert [question(batch, TOPIC, SCORE_PROMPT).user for batch in theirs] == told
    assert all(len(batch.candidates) == 1 for batch in among if batch not in theirs)
    assert len(among) == len(alone) + len(ATTACKS)

    before, after = verdicts(quiet, alone), verdicts(open_store, among)
    database.close()
    assert {native: after[native] for native in before} == before
    assert {after[attack.paper.id.native].score for attack in ATTACKS} == {4}
    assert after.keys() == before.keys() | {attack.paper.id.native for attack in ATTACKS}


def test_a_frame_is_closed_by_nothing_that_stands_in_it() -> None:
    for attack in ATTACKS:
        text = question(Batch(1, (card(of=attack.paper).candidate,)), TOPIC, SCORE_PROMPT).user
        lines = text.splitlines()
        assert len(lines) == 5, attack.name
        assert lines[0].removeprefix("<paper ") == lines[4].removeprefix("</paper "), attack.name
        assert not re.search("<\\s*/?\\s*paper", "".join(lines[1:4]), re.IGNORECASE), attack.name
        assert "".join(lines).isprintable(), attack.name


def swayed(attack: Paper) -> Summary:
    """What a model writes that repeats the attack word for word."""
    text = f"{attack.title} {attack.abstract}"
    return Summary(text, (attack.abstract[:60],), (attack.abstract,), (), "p", "m")


@pytest.mark.endurance
def test_every_attack_is_inert_in_slack() -> None:
    for number, attack in enumerate(ATTACKS):
        summary = swayed(attack.paper)
        shown = card(number, attack.paper, summary=summary, cells=cells_of(attack.paper, summary))
        assert message_faults(*card_message(shown)) == [], attack.name


@pytest.mark.endurance
def test_every_attack_is_inert_in_a_row_of_the_catalog() -> None:
    head = "| 1 | 2 | 3 | 4 | 5 | 6 | 7 |\n| --- | --- | --- | --- | --- | --- | --- |\n"
    lines = [table_line(26, RowContent(a.paper.id, cells_of(a.paper, swayed(a.paper)), a.paper.url)) for a in ATTACKS]
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    rows = re.findall(r"<tr>(.*?)</tr>", reader.render(head + "\n".join(lines)), re.DOTALL)[1:]
    assert len(rows) == len(ATTACKS)
    plain = ["td", "strong", "td", "td", "strong", "br", "a", "td", "td", "td", "td"]
    assert [a.name for a, row in zip(ATTACKS, rows, strict=True) if re.findall(r"<(\w+)[^>]*>", row) != plain] == []


@pytest.mark.endurance
def test_an_attack_goes_into_the_catalog_and_out_again_without_a_trace(tmp_path: Path) -> None:
    path = tmp_path / "catalog.md"
    path.write_bytes(SEED.read_bytes())
    catalog = MarkdownCatalog(path, "bot", "bot@localhost")
    for attack in (attack for attack in ATTACKS if attack.kind in {"title", "markdown"}):
        row = RowContent(attack.paper.id, cells_of(attack.paper, swayed(attack.paper)), attack.paper.url)
        catalog.add(row, NOW)
        assert path.read_bytes() != SEED.read_bytes()
        catalog.remove(row, NOW)
        assert path.read_bytes() == SEED.read_bytes(), attack.name
