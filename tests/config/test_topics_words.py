"""A topic's words are its own data: what it shows and what it asks of a model hold nothing of another topic."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import watcher
from tests.adapters.desks.slack.test_blocks import seen
from tests.cards import card
from tests.day import candidate
from tests.factories import a_relevance
from tests.shipped import (
    ANALYZE,
    CONFIG,
    SCORE_PROMPT,
    STYLE,
    STYLE_GUIDE,
    STYLE_TOML,
    SUMMARIZE_PROMPT,
    TOPIC,
    VERIFY_PROMPT,
)
from watcher.domain.budget import Usage
from watcher.domain.errors import QuestionRefused
from watcher.domain.papers.topic import Topic, Vocabulary
from watcher.domain.summaries.style import Style
from watcher.domain.text import fingerprint
from watcher.ports import Batch, Reply, Request
from watcher.settings.topics import read_topic
from watcher.stages import score
from watcher.stages.summarize import summarize

FIRST_WORDS = re.compile("世界モデル|言語モデル|LLM|world.?model|language model|エージェント", re.IGNORECASE)
IN = "2606.27483"
SECOND = replace(
    TOPIC,
    slug="protein-design",
    title="タンパク質設計",
    criteria="A paper belongs when it designs proteins.",
    triage="",
    labels={"a": "配列の設計", "h": "湿式実験による検証"},
    vocabulary=Vocabulary(),
)


class Listening:
    """Keeps what it is asked and answers nothing."""

    name, recorded = "listening", False

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def ask(self, request: Request) -> Reply:
        self.asked.append(request)
        raise QuestionRefused("not now")


class Saying:
    """Judges one paper."""

    name, recorded = "saying", False

    def __init__(self, criterion: str) -> None:
        self._criterion = criterion

    def ask(self, request: Request) -> Reply:
        del request
        return Reply(
            f'{{"papers": [{{"arxiv_id": "{IN}", "score": 4, "criterion": "{self._criterion}"}}]}}',
            "m",
            "stop",
            Usage(),
        )


def summary_question(topic: Topic, style: Style, criterion: str) -> Request:
    model = Listening()
    relevance = a_relevance(criterion=criterion)
    with pytest.raises(QuestionRefused):
        summarize(candidate(1, IN), relevance, topic, model, SUMMARIZE_PROMPT, style)
    return model.asked[0]


def test_the_shipped_topic_asks_in_the_words_that_its_recorded_replies_answered() -> None:
    scoring = score.question(Batch(1, (candidate(1, IN),)), TOPIC, SCORE_PROMPT)
    writing = summary_question(TOPIC, STYLE, "b")

    assert fingerprint(scoring.system) == "a94ee6c502393c02"
    assert fingerprint(writing.system) == "63a60833671be080"
    assert fingerprint(VERIFY_PROMPT.fill(language=STYLE.language)) == "280e6604006204ad"
    assert writing.user.endswith("The catalog wants it for: 未来の想像・世界モデルによる計画や推論")


def test_another_topic_asks_in_its_own_words_alone() -> None:
    style = Style.read(STYLE_GUIDE, STYLE_TOML, ANALYZE, SECOND.vocabulary)
    writing = summary_question(SECOND, style, "h")

    assert not FIRST_WORDS.search(score.question(Batch(1, ()), SECOND, SCORE_PROMPT).system)
    assert not FIRST_WORDS.search(writing.system)
    assert writing.user.endswith("The catalog wants it for: 湿式実験による検証")


@pytest.mark.parametrize(
    ("said", "kept", "label"), [("h", "h", "湿式実験による検証"), ("b", "", ""), ("(a)", "a", "配列の設計")]
)
def test_a_verdict_takes_its_label_from_the_topic(said: str, kept: str, label: str) -> None:
    found = score.score(Batch(1, (candidate(1, IN),)), SECOND, Saying(said), SCORE_PROMPT).found
    assert [(relevance.criterion, relevance.label) for _, relevance in found] == [(kept, label)]


def test_without_labels_a_letter_is_kept_as_it_is() -> None:
    found = score.score(Batch(1, (candidate(1, IN),)), replace(SECOND, labels={}), Saying("k"), SCORE_PROMPT).found
    assert [(relevance.criterion, relevance.label) for _, relevance in found] == [("k", "")]


def test_a_verdict_that_another_topic_takes_over_gets_its_label() -> None:
    assert score.inherited(a_relevance(criterion="a", label="世界モデルとして使う"), SECOND).label == "配列の設計"


def test_a_card_shows_the_label_that_stood_when_the_paper_was_judged() -> None:
    assert "湿式実験による検証" in seen(card(relevance=a_relevance(criterion="h", label="湿式実験による検証")))


def test_the_shipped_topic_names_every_criterion_and_themes_may_be_missing(tmp_path: Path) -> None:
    text = (CONFIG / "topics" / "llm-x-world-models.toml").read_text("utf-8")
    (tmp_path / "own.toml").write_text(text[: text.index("# What a learned prefilter")], encoding="utf-8")
    (tmp_path / "own.md").write_text("What belongs.", encoding="utf-8")
    problems: list[str] = []
    topic = read_topic(tmp_path / "own.toml", problems)

    assert "".join(sorted(TOPIC.labels)) == "abcdefg"
    assert problems == []
    assert topic is not None
    assert topic.themes == ()


def test_no_code_and_no_words_hold_the_shipped_topic() -> None:
    folder = Path(watcher.__file__).parent
    code = [path for kind in ("py", "html", "js") for path in folder.rglob(f"*.{kind}") if "config" not in path.parts]
    told = [
        f"{path.name}: {found[0]}"
        for path in code
        for found in re.finditer("(?i)世界モデル|world.?model", path.read_text("utf-8"))
    ]
    assert code
    assert told == []
