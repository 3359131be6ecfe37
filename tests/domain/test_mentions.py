"""Papers named in what people write."""

from __future__ import annotations

import pytest

from watcher.domain.papers.paper import papers_named


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("見て <https://arxiv.org/abs/2401.12345v2|これ>", ["2401.12345"]),
        (
            "https://arxiv.org/pdf/2306.12672.pdf と https://www.arxiv.org/html/2306.12673v1",
            ["2306.12672", "2306.12673"],
        ),
        ("arXiv:hep-th/9901001, ARXIV: 2306.12672", ["hep-th/9901001", "2306.12672"]),
        ("https://arxiv.org/abs/math.GT/0309136", ["math/0309136"]),
        ("doi 10.48550/arXiv.2301.00001", ["2301.00001"]),
        ("2306.12672。2306.12672v3も", ["2306.12672"]),
        ("1.2306.12672 12023.12345 2306.12672.5 x2306.12672 https://example.org/2306.12672", []),
        ("", []),
    ],
)
def test_links_ids_and_dois_are_found_once_each_and_other_numbers_are_not(text: str, ids: list[str]) -> None:
    assert [paper.native for paper in papers_named(text)] == ids
