"""Finds the arXiv papers that are mentioned in a text."""

from __future__ import annotations

import re

from watcher.domain.paper import ARXIV_ID, PaperId, arxiv_id

_IDS = re.sub(r"\?P<\w+>", "?:", ARXIV_ID.pattern)
_NAMED = re.compile(
    rf"(?:https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/|\barxiv:\s?|10\.48550/arxiv\.)({_IDS})"
    rf"|(?<![\w./-])(\d{{4}}\.\d{{4,6}}(?:v[1-9]\d*)?)(?![\w-]|\.\d)",
    re.IGNORECASE,
)


def papers_named(text: str) -> tuple[PaperId, ...]:
    """The papers mentioned by link, `arXiv:` id, DOI or bare new-style id, in order, without repetition."""
    found = (match[1] or match[2] for match in _NAMED.finditer(text))
    return tuple(dict.fromkeys(arxiv_id(identifier)[0] for identifier in found))
