"""A paper that no model answers about, on the web desk: why it is there, its abstract, and what can be done about it."""

from __future__ import annotations

from html import unescape

from tests.adapters.desks.web.conftest import Serving, Visit
from tests.cards import recorded_digest, unanswered
from tests.fakes import MemoryCuration
from watcher.domain.curation.card import CardState
from watcher.domain.facts import Verdict
from watcher.words_ja import common as words


def test_the_card_tells_why_shows_the_abstract_and_offers_another_try(serving: Serving, visit: Visit) -> None:
    curation = MemoryCuration([unanswered(1), unanswered(2, "summarize")], recorded_digest())
    reader = visit(serving(curation))
    for page in ("/", "/card/1", "/card/2"):
        shown = unescape(reader.get(page).text)
        assert "Content Exists Risk" in shown
        assert unanswered().candidate.paper.abstract in shown
        assert words.RETRY in shown
    assert words.UNSCORED in reader.get("/card/1").text

    answer = reader.decide(1, "retry")
    assert words.RETRY_ASKED in answer.text
    assert curation.recorded == ["retry 1 by Web at web"]
    assert words.RETRY not in reader.get("/card/1").text


def test_approving_opens_the_form_with_an_empty_summary(serving: Serving, visit: Visit) -> None:
    curation = MemoryCuration([unanswered(1)], recorded_digest())
    reader = visit(serving(curation))
    answer = reader.decide(1, "approve")
    assert answer.url.path == "/card/1/edit"
    assert "概要" in answer.text
    assert curation.recorded == []
    reader.decide(1, "reject")
    assert curation.card(1).state is CardState.REJECTED
    assert "retry" not in reader.get("/card/1").text
    assert curation.decide(1, Verdict.UNDO, "Web", "web").state is CardState.OPEN
