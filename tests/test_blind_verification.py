"""The blind trial of verification puts every fault where it says, and reads answers as the line does."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.blind_verification import SUMMARIES, Case, check, drawn, is_met, told
from tests.servers.llm_verify import all_ok, ok, sentences_in, wrong
from tests.shipped import STYLE
from watcher.domain.summaries.verification import source_of
from watcher.domain.summaries.violations import violations

TRIAL = drawn(1, SUMMARIES)


def answered(folder: Path, cases: list[Case], *, knowing: bool) -> None:
    """Write the answers of a reader who names every fault, or none."""
    check(folder, cases)
    for case in cases:
        text = (folder / f"{case.name}.txt").read_text(encoding="utf-8")
        said = all_ok(text)
        if knowing and case.kind:
            said["sentences"] = [
                wrong(n, passage, case.kind, case.words) if case.words in sentence else ok(n, passage)
                for n, (sentence, passage) in sentences_in(text).items()
            ]
        (folder / f"{case.name}.answer.txt").write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")


def test_the_two_versions_of_a_summary_stand_in_different_halves() -> None:
    halves = TRIAL[:40], TRIAL[40:]
    assert [len({case.paper.id for case in half}) for half in halves] == [40, 40]
    assert sum(bool(case.kind) for case in TRIAL) == 40


def test_every_summary_without_a_fault_keeps_the_rules_that_code_checks() -> None:
    for case in TRIAL:
        if not case.kind:
            said = case.summary
            assert violations(said.summary_ja, ("計画",), said.evidence, source_of(case.paper), STYLE) == ()


def test_a_reader_who_names_every_fault_passes_and_one_who_names_none_does_not(tmp_path: Path) -> None:
    answered(tmp_path, TRIAL, knowing=True)
    assert is_met(check(tmp_path, TRIAL))
    answered(tmp_path, TRIAL, knowing=False)
    found = check(tmp_path, TRIAL)
    assert not is_met(found)
    assert "faults named: 0 of 40" in "\n".join(told(found))


def test_an_answer_that_is_not_accepted_is_asked_for_once_more(tmp_path: Path) -> None:
    answered(tmp_path, TRIAL[:1], knowing=True)
    first = tmp_path / "01.answer.txt"
    good = first.read_text(encoding="utf-8")
    first.write_text('{"sentences": []}', encoding="utf-8")
    assert check(tmp_path, TRIAL[:1]).unanswered == ["01a.txt"]
    assert "An earlier answer could not be used" in (tmp_path / "01a.txt").read_text(encoding="utf-8")
    (tmp_path / "01a.answer.txt").write_text(good, encoding="utf-8")
    assert is_met(check(tmp_path, TRIAL[:1]))
    (tmp_path / "01a.answer.txt").write_text("I cannot.", encoding="utf-8")
    assert "left unchecked: 1 of 1" in "\n".join(told(check(tmp_path, TRIAL[:1])))
