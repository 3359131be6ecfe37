"""An accepted proposal changes the one piece it is about, in whatever form people left the row, or nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.adapters.catalogs.conftest import Git
from tests.adapters.catalogs.rows import SEED
from tests.adapters.catalogs.test_kill import ADVANCE, killed_while
from tests.fakes import NOON
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.catalogs.markdown_change import with_proposal
from watcher.domain.catalog.check import Evidence, FindingKind
from watcher.domain.catalog.proposals import Ending, Proposal
from watcher.domain.papers.paper import PaperId

LLAVA = PaperId("arxiv", "2304.08485")
TITLE = Proposal(
    kind=FindingKind.TITLE,
    cell="title",
    before="LLaVA: Large Language and Vision Assistant",
    after="Visual Instruction Tuning",
    title="LLaVA: Large Language and Vision Assistant",
    evidence=Evidence("arXiv", "title", "Visual Instruction Tuning"),
    confidence=0.99,
    paper=LLAVA,
)
DATA = SEED.read_bytes()
_ACT = """
import sys; from pathlib import Path
from tests.adapters.catalogs.test_change import TITLE; from tests.fakes import NOON
from watcher.adapters.catalogs.markdown import MarkdownCatalog
MarkdownCatalog(Path(sys.argv[1]), "Watcher", "watcher@example.org").change(TITLE, NOON, again=False)
"""


def about(kind: FindingKind, cell: str, before: str, after: str) -> Proposal:
    return replace(TITLE, kind=kind, cell=cell, before=before, after=after)


def row(*cells: str) -> bytes:
    """The seed with its third row in another hand."""
    lines = DATA.split(b"\n")
    at = next(n for n, line in enumerate(lines) if b"**3. LLaVA" in line)
    lines[at] = f"|{'|'.join(cells)}|".encode()
    return b"\n".join(lines)


LINK = "[arXiv:2304.08485](https://arxiv.org/abs/2304.08485)"


@pytest.mark.parametrize(
    "title",
    [
        "**3. LLaVA: Large Language and Vision Assistant**",
        "3．  LLaVA:  Large  Language and Vision Assistant ",
        "**3. LLaVA\\: Large Language and Vision Assistant**<br>",
    ],
)
def test_the_piece_is_found_whatever_surrounds_it(title: str) -> None:
    data = row(title, "概要", f"**Liu**<br/>{LINK}", "2023", "", "arXiv", "高")

    after, change = with_proposal(data, TITLE, "c")

    assert change is Ending.WRITTEN
    (old,) = set(data.split(b"\n")) - set(after.split(b"\n"))
    (new,) = set(after.split(b"\n")) - set(data.split(b"\n"))
    assert b"Visual Instruction Tuning" in new
    assert new.split(b"|")[2:] == old.split(b"|")[2:]


@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_line_ends_and_the_mark_at_the_beginning_stay(end: bytes) -> None:
    data = b"\xef\xbb\xbf" + DATA.replace(b"\n", end)

    after, change = with_proposal(data, TITLE, "c")

    assert change is Ending.WRITTEN
    assert after == data.replace(TITLE.before.encode(), b"Visual Instruction Tuning")


def test_a_note_below_the_table_gets_no_other_title() -> None:
    title = "Grounding Large Language Models In Embodied Environment With Imperfect World Models"
    note = replace(TITLE, before=title, title=title, paper=PaperId("arxiv", "2410.02742"))

    assert with_proposal(DATA, note, "c") == (DATA, Ending.BY_HAND)


def test_a_row_that_is_gone_or_stands_twice_is_left_alone() -> None:
    gone = b"\n".join(line for line in DATA.split(b"\n") if b"2304.08485" not in line)
    line = next(line for line in DATA.split(b"\n") if b"2304.08485" in line)
    twice = DATA.replace(line, line + b"\n" + line)

    assert with_proposal(gone, TITLE, "c") == (gone, Ending.STALE)
    assert with_proposal(twice, TITLE, "c") == (twice, Ending.STALE)


def test_hostile_text_becomes_text_of_its_one_cell() -> None:
    hostile = "A | B <b>c</b> [x](https://evil.example) `d` *e*"

    after, change = with_proposal(DATA, replace(TITLE, after=hostile), "c")

    assert change is Ending.WRITTEN
    assert b"\\|" in after
    assert b"<b>c</b>" not in after
    assert b"](https://evil" not in after


def test_of_a_note_in_place_of_a_link_what_tells_of_no_link_is_kept() -> None:
    paper = PaperId("arxiv", "2406.00765")
    title = "Embodied World Model Based on LLM with Visual Info & Prediction-Oriented Prompts"
    note = "（2024年6月 arXiv予定／国内学会発表）"
    link = Proposal(FindingKind.LINK, "authors", note, "arXiv:2406.00765", title, TITLE.evidence, 0.9, paper)

    after, change = with_proposal(DATA, link, "c")

    assert change is Ending.WRITTEN
    written = "（国内学会発表）<br>[arXiv:2406.00765](https://arxiv.org/abs/2406.00765)"
    assert after == DATA.replace(note.encode(), written.encode())


def test_an_empty_cell_is_filled_and_a_filled_one_is_not() -> None:
    data = row("**3. LLaVA**", "", LINK, "2023", "", "  ", "高")
    venue = about(FindingKind.VENUE, "venue", "", "NeurIPS 2023")

    after, change = with_proposal(data, venue, "c")

    assert (after, change) == (data.replace(b"|  |", b"|  NeurIPS 2023|"), Ending.WRITTEN)
    assert with_proposal(DATA, venue, "c") == (DATA, Ending.STALE)


@pytest.mark.endurance
def test_a_change_is_one_commit_and_people_s_drafts_stay_theirs(catalog: MarkdownCatalog, git: Git, path: Path) -> None:
    path.write_bytes(DATA + "\n書きかけ\n".encode())

    outcome = catalog.change(TITLE, NOON, again=False)

    assert git("log", "-1", "--format=%H %s") == f"{outcome.commit} catalog: edit arXiv:2304.08485"
    assert git("diff", "--numstat", "HEAD~1", "HEAD") == "1\t1\tcatalog.md"
    assert path.read_text().endswith("\n書きかけ\n")
    assert catalog.change(TITLE, NOON, again=True) == outcome


def test_a_draft_of_somebody_s_is_not_committed_with_what_they_did_themselves(
    catalog: MarkdownCatalog, git: Git, path: Path
) -> None:
    path.write_bytes(DATA.replace(TITLE.before.encode(), b"Visual Instruction Tuning"))

    outcome = catalog.change(TITLE, NOON, again=False)

    assert (outcome.change, outcome.commit) == (Ending.PRESENT, "")
    assert git("status", "--porcelain") == "M catalog.md"


@pytest.mark.endurance
@pytest.mark.parametrize(
    ("step", "when"),
    [("check-ignore", "after"), ("hash-object", "before"), (ADVANCE, "before"), (ADVANCE, "after")],
)
def test_going_on_after_a_kill_makes_one_change_and_one_commit(
    catalog: MarkdownCatalog, git: Git, path: Path, tmp_path: Path, step: str, when: str
) -> None:
    killed_while("change", path, step, when, tmp_path / "bin", _ACT)

    outcome = catalog.change(TITLE, NOON, again=True)

    assert (outcome.change, outcome.commit) == (Ending.WRITTEN, git("rev-parse", "HEAD"))
    assert path.read_bytes() == DATA.replace(TITLE.before.encode(), b"Visual Instruction Tuning")
    assert git("log", "--format=%s").splitlines() == ["catalog: edit arXiv:2304.08485", "The catalog"]
    assert git("status", "--porcelain") == ""
