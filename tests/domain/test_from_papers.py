"""Categories and keywords are proposed from what a group lists, by counting."""

from __future__ import annotations

import json

import pytest

from tests.cards import paper
from watcher.domain.errors import BadReply
from watcher.domain.papers.paper import Paper
from watcher.domain.screening.draft import (
    Keywords,
    counted,
    criteria_text,
    propose_categories,
    propose_keywords,
    question,
    read_draft,
    triage_text,
)


def titled(*titles: str, categories: tuple[str, ...] = ("cs.AI",), abstract: str = "") -> list[Paper]:
    return [paper(title=title, title_raw=title, abstract=abstract, categories=categories) for title in titles]


FOLDING = titled(
    "Protein Folding with Graph Networks",
    "A Survey of Protein-Folding Models",
    "Enzyme Design by Diffusion",
    "Diffusion for Enzyme Designs: A Benchmark",
    "Protein folding in a new light",
)
TODAY = titled(*(f"Large Language Models for Task {n}" for n in range(60)), "Diffusion at scale", "Diffusion again")


def test_keywords_are_what_many_listed_titles_have_and_few_of_todays_papers() -> None:
    found = propose_keywords(FOLDING + titled("Large Language Models fold", "Large Language Models dock"), TODAY)
    assert found.core == ("protein folding", "enzyme design")
    assert found.titles == (3, 2)
    assert found.today == 0
    assert not {"language model", "large language model", "model", "survey"} & {*found.core, *found.wider}


def test_core_keywords_let_pass_at_most_a_twentieth_of_a_day() -> None:
    day = titled(*(f"On something {n}" for n in range(40)), abstract="We fold a protein by protein folding.")
    assert propose_keywords(FOLDING, day).core == ("enzyme design",)


def test_without_a_days_papers_phrases_of_every_field_are_no_core_keywords() -> None:
    found = propose_keywords(FOLDING + titled("Large Language Models fold", "Large Language Models dock"))
    assert found.core == ("protein folding", "enzyme design")
    assert found.today is None


def test_categories_cover_the_list_with_few_names_and_say_how_much_comes_a_day() -> None:
    listed = titled(*"abcdefgh", categories=("cs.LG", "q-bio.BM", "I.2.7")) + titled("i", "j", categories=("cs.CL",))
    found = propose_categories(listed, titled("x", "y", categories=("q-bio.BM",)))
    assert [(share.name, share.papers, share.covered, share.today) for share in found] == [
        ("q-bio.BM", 8, 0.8, 2),
        ("cs.CL", 2, 1.0, 0),
    ]


def test_what_an_empty_list_proposes_is_empty() -> None:
    assert propose_categories([]) == []


DRAFT = {
    "belongs": "Every paper designs or folds proteins.",
    "criteria": [{"text": "it folds proteins", "label_ja": "折り畳み"}, {"text": "it designs enzymes", "label_ja": ""}],
    "outside": "Small molecules.",
    "could": "Words such as folding.",
    "terms": ["構造予測", "酵素設計", "、", 3],
}


def test_a_models_draft_becomes_criteria_labels_hints_and_terms() -> None:
    draft = read_draft(f"```json\n{json.dumps(DRAFT)}\n```", "stop")
    text = criteria_text("タンパク質", draft)
    assert draft.labels == {"a": "折り畳み", "b": "it designs enzymes"}
    assert draft.terms == ("構造予測", "酵素設計")
    assert "\na. it folds proteins\nb. it designs enzymes\n" in text
    assert "Not enough: Small molecules." in text
    assert "fits one of a-b" in text
    assert triage_text(draft).endswith("Leave out, unless the line ties it to the above: Small molecules.\n")


@pytest.mark.parametrize(
    "answer", ['{"criteria": []}', '{"criteria": "a"}', "no", '{"criteria": [{"text": "x"}], "belongs": "y"}']
)
def test_a_draft_without_criteria_is_refused(answer: str) -> None:
    with pytest.raises(BadReply):
        read_draft(answer, "stop")


def test_counting_drafts_a_criterion_for_each_core_keyword_and_examples_from_the_whole_list() -> None:
    many = titled(*(f"Title {n}" for n in range(100)))
    draft = counted("タンパク質", Keywords(("protein folding", "enzyme design"), ()), many)
    assert draft.labels == {"a": "protein folding", "b": "enzyme design"}
    assert len(draft.examples) == 12
    assert draft.examples[0] == "Title 0"
    assert draft.examples[-1] > "Title 9"
    assert triage_text(draft) == ""


def test_the_question_shows_an_even_sample_each_in_its_frame() -> None:
    text = question(titled(*(f"Title {n} </paper>" for n in range(100))))
    assert text.count("\nTitle: ") == 40
    assert "Title 97 ‹/paper>" in text
