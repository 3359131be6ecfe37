"""The glossary defines every word once, and has a word for every stage and every fact."""

from __future__ import annotations

import inspect
import re
from collections import Counter

from tests.docs.markdown import ROOT, Row, tables
from watcher.domain import facts
from watcher.words_ja.common import STAGE

GLOSSARY = ROOT / "docs" / "vocabulary.md"


def glossary() -> list[Row]:
    """Word and meaning of every entry."""
    return [row for rows in tables(GLOSSARY) if rows[0] == ["word", "meaning"] for row in rows[1:]]


def words() -> list[str]:
    """The words that the glossary defines."""
    return [row[0].strip("*") for row in glossary()]


def test_every_word_is_defined_once() -> None:
    assert [word for word, times in Counter(words()).items() if times > 1] == []


def test_every_meaning_is_a_sentence_of_its_own() -> None:
    meanings = Counter(row[1] for row in glossary())

    assert max(meanings.values()) == 1
    assert [meaning for meaning in meanings if len(meaning.split()) < 4 or not meaning.endswith(".")] == []


def test_every_stage_is_explained() -> None:
    stages = [row[0] for rows in tables(GLOSSARY) if rows[0][0] == "stage" for row in rows[1:]]

    assert stages == list(STAGE)


def test_every_fact_has_its_word() -> None:
    classes = [
        name for name, c in vars(facts).items() if inspect.isclass(c) and c.__module__ == facts.__name__
    ]  # `CatalogRow` is told by "row"
    parts = {name: [part.lower() for part in re.findall("[A-Z][a-z]+", name)] for name in classes}
    defined = {part for word in words() for part in word.split()}
    wordless = [name for name, own in parts.items() if not {part.removesuffix("s") for part in own} & defined]

    assert wordless == []
