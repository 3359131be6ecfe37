"""The first words of a title tell one paper's verdict from another's."""

from __future__ import annotations

import pytest

from tests.cards import paper, real_papers
from watcher.domain.replies import repeats_title

PAPER = paper(title_raw=r"$\pi_0$-World: \textbf{Learning} to Pl\"an, Fast and Slow", title="π0-World: Learning to Plän, Fast and Slow")  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        "π0-World: Learning to Plän,",
        "π0-World: Learning to",
        "π0-world learning to plän",
        '$\\pi_0$-World: \\textbf{Learning} to Pl\\"an,',
        "π0-World: Learning to Plän, Fast and Slow",
        " π0-World：Learning ",
    ],
)
def test_a_title_begun_is_known_however_it_is_written(said: str) -> None:
    assert repeats_title(said, PAPER)


@pytest.mark.parametrize(
    "said", ["", " ", "π0-World", "Learning to Plän", "A Survey of Worlds", None, 4, ["π0-World:"]]
)
def test_anything_else_is_not(said: object) -> None:
    assert not repeats_title(said, PAPER)


def test_every_real_title_is_known_by_its_own_first_words_and_hardly_any_by_its_neighbors() -> None:
    papers = list(real_papers())[::4]
    begun = [" ".join(p.title.split()[:4]) for p in papers]
    assert [p.title for p, said in zip(papers, begun, strict=True) if not repeats_title(said, p)] == []
    mistaken = [p.title for p, said in zip(papers, [*begun[1:], begun[0]], strict=True) if repeats_title(said, p)]
    assert len(mistaken) <= len(papers) / 1000, mistaken
