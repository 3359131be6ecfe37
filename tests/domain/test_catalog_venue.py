"""Where a paper was published is taken from its metadata when that says so, and from nothing less."""

from __future__ import annotations

import pytest

from tests.cards import paper
from watcher.domain.catalog.venue import is_pending, is_preprint, series, stated_venue


@pytest.mark.parametrize(
    ("comment", "venue"),
    [
        ("NeurIPS 2023 Oral; project page: https://llava-vl.github.io/", "NeurIPS 2023 (Oral)"),
        ("18 pages, Accepted at ICML 2026", "ICML 2026"),
        ("Accepted by ACL2026 (Findings)", "ACL 2026 Findings"),
        ("Accepted at CHI'26", "CHI 2026"),
        ("Accepted at Educational Data Mining 2026", "Educational Data Mining 2026"),
        ("10 pages. Published as a conference paper at ICLR 2024 (poster)", "ICLR 2024 (ポスター)"),
        ("NeurIPS 2023 Datasets and Benchmarks Track", "NeurIPS 2023"),
    ],
)
def test_a_comment_that_says_where_is_believed(comment: str, venue: str) -> None:
    found = stated_venue(paper(comment=comment, journal_ref=None))
    assert found is not None
    assert (found.text, found.field, found.raw) == (venue, "comment", comment)


@pytest.mark.parametrize(
    "comment",
    [
        "Submitted to ICML 2026",
        "Under review at ICLR 2026",
        "Extended version of our ICRA 2024 paper",
        "An earlier version appeared at NeurIPS 2023",
        "Rejected from AAAI 2025",
        "Solution to the CVPR 2026 challenge",
        "Accepted at ICLR 2024, later withdrawn by the authors",
        "Accepted at ALOE@NeurIPS 2023",
        "10 pages, uses the ECCV 2026 template",
        "15 pages, 3 figures",
        "CC BY 4.0",
        None,
    ],
)
def test_a_comment_that_only_might_mean_it_counts_for_nothing(comment: str | None) -> None:
    assert stated_venue(paper(comment=comment, journal_ref=None)) is None


@pytest.mark.parametrize(
    ("reference", "venue"),
    [
        ("ICML 2025, PMLR 267:36340-36364", "ICML 2025"),
        ("AAAI 2025, 23231-23239", "AAAI 2025"),
        ("Findings of EMNLP 2023, pages 7518-7531", "EMNLP 2023 Findings"),
        ("ACM MM 2024 (Oral)", "ACM MM 2024 (Oral)"),
        ("TMLR", "TMLR"),
        ("Proc. of the FNP Workshop at LREC 2026, pp. 1-10", "Proc. of the FNP Workshop at LREC 2026, pp. 1-10"),
    ],
)
def test_a_journal_reference_comes_first_and_is_shortened_only_where_nothing_is_lost(
    reference: str, venue: str
) -> None:
    found = stated_venue(paper(comment="Accepted at CVPR 2020", journal_ref=reference))
    assert found is not None
    assert (found.text, found.field) == (venue, "journal_ref")


def test_venues_are_compared_by_series_and_year() -> None:
    assert series("EMNLP 2023 Findings (短報)") == series("Findings of EMNLP'23, pages 1-9") == {("emnlp", 2023)}
    assert series("arXiv (2024年10月), CC BY 4.0") == frozenset()


@pytest.mark.parametrize(
    "cell",
    ["arXiv (プレプリント)、実装公開", "（arXivプリント, 2025.1）", "（査読前プリント）", "CoRR abs/2305.00001", ""],
)
def test_a_cell_that_says_preprint_is_seen(cell: str) -> None:
    assert is_preprint(cell)
    assert not is_preprint("ICLR 2024 (arXivあり)")


def test_a_cell_that_waits_for_publication_is_seen() -> None:
    assert all(map(is_pending, ("（学会投稿中）", "ICLR 2027（予定）", "Under review")))
    assert not is_pending("NeurIPS 2024")
