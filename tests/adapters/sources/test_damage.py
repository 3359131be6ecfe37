"""Whatever happens to a document's bytes, every entry is given, named as broken, or refused with its document."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from tests.mutants import KINDS, account, mutant


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_document_is_read(kind: str) -> None:
    assert account(kind, KINDS[kind][0]) == "read"


@pytest.mark.endurance
@pytest.mark.parametrize("kind", KINDS)
def test_damage_of_every_kind_crashes_nothing_and_loses_no_entry_silently(kind: str) -> None:
    document = KINDS[kind][0]
    fates = Counter(account(kind, mutant(document, Random(seed))) for seed in range(400))
    assert min(fates["read"], fates["refused"]) > 20  # damage that is always, or never, refused would prove little
