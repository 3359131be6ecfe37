"""Two topics of different fields and languages in one deployment: every word on a topic's cards is its own."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.desks.slack.test_blocks import seen
from tests.scenarios.conftest import DATA, FEED, NOW, SHIPPED
from watcher.adapters.llm.recorded import RecordedModel
from watcher.bootstrap import Watcher
from watcher.bootstrap.check import check
from watcher.domain.budget import Usage
from watcher.domain.curation.card import Card
from watcher.domain.facts import Verdict
from watcher.ports import Reply, Request
from watcher.settings import load_settings

pytestmark = pytest.mark.endurance

PAPER = "2606.27717"
FIRST_WORDS = re.compile(
    r"世界モデル|言語モデル|world.model|要旨に見つからない|プレプリント|年\d+月|新着", re.IGNORECASE
)
SUMMARY: dict[str, Any] = {
    "summary_ja": "Emphasis detection models are largely trained and evaluated on monolingual neutral read speech. The corpus "
    "MMEE holds 10,000 professionally recorded expressive utterances (14.13 hours) across 7 languages and 34 emotion/style "
    "categories. Monolingual models show limited zero-shot transfer, while multilingual training substantially improves "
    "robustness.",
    "categories_ja": ["speech prosody", "corpus"],
    "evidence": [
        "existing emphasis detection models are largely trained and evaluated on monolingual neutral read speech",
        (
            "a corpus of 10,000 professionally recorded expressive utterances (14.13 hours) across 7 languages and 34 "
            "emotion/style categories"
        ),
        (
            "Monolingual models show limited zero-shot transfer, degrading across typologically distant languages, while "
            "multilingual training substantially improves robustness"
        ),
    ],
}
TOPIC = """title = "Speech prosody"
language = "en"
categories = ["cs.CL", "cs.SD"]
announce = ["new", "cross"]
post_at = 3
fold_at = 2
[labels]
p = "韻律の分析"
[style]
terms = ["speech prosody", "corpus"]
[catalog]
file = "speech.md"
form = "table"
total = "Total: {n}"
[[catalog.columns]]
heading = "Title"
field = "title"
write = "[{title}]({url})"
[[catalog.columns]]
heading = "Authors"
field = "authors"
write = "{authors}"
[[catalog.columns]]
heading = "Year"
field = "year"
write = "{year}"
[[catalog.columns]]
heading = "Summary"
field = "summary"
write = "{summary}"
[[catalog.columns]]
heading = "Keywords"
field = "categories"
write = "{categories}"
[[groups]]
name = "core"
priority = 0
keywords = ["speech emphasis"]
"""
CATALOG = """# Speech prosody

| Title | Authors | Year | Summary | Keywords |
| --- | --- | --- | --- | --- |
| [An older paper](https://arxiv.org/abs/2501.00001) | Ito | 2025 | It measures pitch. | corpus |

Total: 1
"""

# The same with a column for a one-line comment, which a model writes, and one for the code, which it does not.
OWN = TOPIC.replace(
    "[[groups]]",
    """[[catalog.columns]]
heading = "Note"
field = "comment"
write = "{comment}"
[[catalog.columns]]
heading = "Code"
field = "code"
write = "[Code]({code})"
[catalog.fields]
comment = {source = "model", prompt = "what is new, in one sentence"}
code = {source = "metadata"}
[[groups]]""",
    1,
)
NOTE = "A corpus for detecting emphasis in 7 languages."


class TwoFields:
    """Answers the first topic from the recorded replies, and the second for its one paper."""

    name, recorded = "two fields", True

    def __init__(self, fields: Mapping[str, str] | None = None) -> None:
        self._fields = fields
        self._first = RecordedModel(DATA / "replies" / "replies_2026-06-29.jsonl")
        self.asked: list[Request] = []

    def ask(self, request: Request) -> Reply:
        if "prosody" not in request.system and "English summary" not in request.system:
            return self._first.ask(request)
        self.asked.append(request)
        papers = re.findall(r"^arXiv:(\S+)$", request.user, re.MULTILINE)
        scores = [
            {
                "arxiv_id": paper,
                "title_words": "",
                "score": 4 * (paper == PAPER),
                "criterion": "p",
                "reason_ja": "韻律を調べた。",
            }
            for paper in papers
        ]
        quotes = [*SUMMARY["evidence"], *[SUMMARY["evidence"][0]] * len(self._fields or {})]
        verdicts = [
            {"n": n, "quote": quote[:180], "verdict": "ok", "kind": "none", "words": "", "reason_ja": ""}
            for n, quote in enumerate(quotes, 1)
        ]
        summary = {**SUMMARY, "fields": self._fields} if self._fields else SUMMARY
        answers = {"score": {"papers": scores}, "summarize": summary, "verify": {"sentences": verdicts}}
        return Reply(json.dumps(answers[request.stage], ensure_ascii=False), self.name, "stop", Usage())


def deployment(folder: Path, model: TwoFields, *, both: bool, topic: str = TOPIC, catalog: str = CATALOG) -> Watcher:
    config = folder / f"config-{both}"
    shutil.copytree(SHIPPED, config)
    values = (config / "watcher.toml").read_text("utf-8").replace('triage = "all"', 'triage = "none"')
    (config / "watcher.toml").write_text(values, "utf-8")
    if both:
        (config / "topics" / "speech-prosody.toml").write_text(topic, "utf-8")
        (config / "topics" / "speech-prosody.md").write_text(
            "A paper belongs when it is about prosody.\np. analysis", "utf-8"
        )
    data = folder / f"var-{both}"
    data.mkdir()
    shutil.copyfile(DATA / "catalog" / "catalog.md", data / "catalog.md")
    (data / "speech.md").write_text(catalog, "utf-8")
    settings = load_settings({"WATCHER_CONFIG": str(config), "WATCHER_DATA": str(data)})
    check(settings)
    return Watcher(settings, feeds=[str(FEED)], model=model, enrichers=())


def cards(watcher: Watcher, topic: str) -> dict[str, Card]:
    return {c.candidate.paper.id.native: c for c in watcher.store.cards.all() if c.candidate.topic == topic}


@pytest.fixture
def both(tmp_path: Path) -> Watcher:
    """The two topics after the day of 2026-06-29."""
    watcher = deployment(tmp_path, TwoFields(), both=True)
    watcher.pipeline.run("run", now=datetime.fromisoformat(NOW))
    return watcher


def test_every_word_on_the_second_topics_card_is_its_own(both: Watcher) -> None:
    (card,) = cards(both, "speech-prosody").values()
    shown = seen(card)
    assert card.cells.summary == SUMMARY["summary_ja"]
    assert card.cells.categories == "speech prosody, corpus"
    assert card.summary is not None
    assert card.summary.violations == ()
    assert "韻律の分析" in shown
    assert not FIRST_WORDS.search(shown)
    assert all(
        text.isascii() for text in (card.cells.venue, card.cells.attention, card.cells.authors, card.cells.summary)
    )


def test_nothing_of_the_first_topic_is_asked_for_the_second(both: Watcher) -> None:
    model = both.model
    assert isinstance(model, TwoFields)
    assert {request.stage for request in model.asked} == {"score", "summarize", "verify"}
    for request in model.asked:
        assert not FIRST_WORDS.search(request.system)
    writing = next(request for request in model.asked if request.stage == "summarize")
    assert "You write the English cells" in writing.system
    assert "The catalog wants it for: 韻律の分析" in writing.user


def test_an_approved_paper_becomes_a_row_of_five_columns_and_the_total_rises(both: Watcher) -> None:
    (card,) = cards(both, "speech-prosody").values()
    both.curation.decide(card.candidate.number, Verdict.APPROVE, "hana", "web")
    both.pipeline.apply_decisions()
    text = (both.settings.data / "speech.md").read_text("utf-8")
    row = next(line for line in text.splitlines() if PAPER in line)
    assert row.count("|") == 6
    assert SUMMARY["summary_ja"].split(". ")[0] in row
    assert "Total: 2" in text
    assert text.startswith(CATALOG[: CATALOG.index("\n\nTotal")])


def test_the_first_topic_shows_and_asks_what_it_does_alone(both: Watcher, tmp_path: Path) -> None:

    alone = deployment(tmp_path, TwoFields(), both=False)
    alone.pipeline.run("run", now=datetime.fromisoformat(NOW))
    slug = "llm-x-world-models"
    ours, theirs = cards(both, slug), cards(alone, slug)
    assert ours.keys() == theirs.keys()
    assert len(ours) == 7
    for paper, card in ours.items():
        assert card.cells == theirs[paper].cells
        assert card.relevance == theirs[paper].relevance
    alone.close()


def test_fields_of_the_second_topics_own_come_from_model_and_metadata_to_card_and_row(tmp_path: Path) -> None:
    catalog = CATALOG.replace("Keywords |", "Keywords | Note | Code |").replace("--- |\n", "--- | --- | --- |\n")
    catalog = catalog.replace("corpus |", "corpus | Short. | |")
    watcher = deployment(tmp_path, TwoFields({"comment": NOTE}), both=True, topic=OWN, catalog=catalog)
    watcher.pipeline.run("run", now=datetime.fromisoformat(NOW))
    (card,) = cards(watcher, "speech-prosody").values()
    assert set(card.cells.own) == {"comment", "code"}
    assert card.cells.own["comment"] == NOTE
    assert NOTE in seen(card)
    assert not any(card.cells.own for card in cards(watcher, "llm-x-world-models").values())

    number = card.candidate.number
    edited = card.cells.with_texts({"code": "https://github.com/a/mmee"})
    watcher.curation.revise(number, edited, "hana", "web")
    watcher.curation.decide(number, Verdict.APPROVE, "hana", "web")
    watcher.pipeline.apply_decisions()
    text = (watcher.settings.data / "speech.md").read_text("utf-8")
    row = next(line for line in text.splitlines() if PAPER in line)
    assert row.endswith(f"| speech prosody, corpus | {NOTE} | [Code](https://github.com/a/mmee) |")
