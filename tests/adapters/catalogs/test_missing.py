"""Every approved row is looked for in the branch that readers see; what is missing is told of, and people decide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.catalogs.conftest import Git
from tests.adapters.catalogs.remote import Publish, commit_through_filter, remote_file
from tests.factories import NOW, RUN, a_relevance, a_screening, a_summary, a_topic, an_announcement
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade
from watcher.domain.curation.card import CardState
from watcher.domain.errors import CatalogError
from watcher.domain.facts import Decision, Revision, RowChange, Verdict
from watcher.stages.catalog import catalog as follow_decision
from watcher.stages.catalog import look_for_rows

TOPIC = "llm-x-world-models"
PAPERS = {n: f"2606.{n:05d}" for n in range(1, 6)}


class Bench:
    """A store with five cards, over a catalog."""

    def __init__(self, folder: Path, path: Path) -> None:
        database = open_database(folder / "x.db")
        upgrade(database)
        self.store, self.path = SqlStore(database), path
        self.document = MarkdownCatalog(path, "Watcher", "watcher@example.org")
        for n, native in PAPERS.items():
            self.store.papers.announce([an_announcement(native, title=f"Paper number {n}")], [a_topic()], RUN, NOW)
            self.store.papers.add_screenings([(n, a_screening())], RUN, NOW)
            self.store.scoring.add_relevances([(n, a_relevance())], [], RUN, NOW)
            self.store.summaries.add(n, a_summary(), RUN, NOW)

    def decide(self, *numbers: int, verdict: Verdict = Verdict.APPROVE) -> None:
        """A curator decides, and the catalog follows."""
        for number in numbers:
            self.store.cards.decide(number, Decision(verdict, "hana", NOW, "web"))
        self.follow()

    def follow(self) -> None:
        for number, wanted in self.store.catalog.to_write(TOPIC):
            follow_decision(number, self.document, self.store, wanted=wanted, now=NOW)

    def look(self) -> dict[int, RowChange]:
        """Which rows are missing now, or stand against the decision, after a look."""
        look_for_rows(self.document, self.store, None, NOW)
        asked = [*self.store.catalog.missing(), *self.store.catalog.returned()]
        return {row.candidate: row.change for row in asked}

    def state(self, number: int) -> CardState:
        return self.store.cards.get(number).state

    def numbers(self) -> list[int]:
        """The rows' numbers, in the order of the file; no paper has two."""
        rows = read_entries(self.path.read_bytes(), "catalog").rows
        ids = [paper.native for row in rows for paper in row.ids]
        assert len(ids) == len(set(ids))
        assert rows
        return [row.number or 0 for row in rows]

    def number(self, native: str) -> int:
        rows = read_entries(self.path.read_bytes(), "catalog").rows
        return next(row.number or 0 for row in rows if native in [paper.native for paper in row.ids])


@pytest.fixture
def bench(tmp_path: Path, path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path, path)
    yield made
    made.store.database.close()


def by_hand(path: Path, git: Git, native: str) -> str:
    """Hana takes a paper's row out and commits that."""
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if f"{native}](" not in line))
    git("commit", "--quiet", "--all", "--message=Hana's")
    return git("rev-parse", "HEAD")


@pytest.mark.endurance
def test_rows_that_stand_are_no_news_whatever_is_checked_out(bench: Bench, git: Git) -> None:
    bench.decide(1, 2)
    assert bench.look() == {}
    git("checkout", "--quiet", "-b", "draft", "HEAD~2")
    assert bench.look() == {}
    git("checkout", "--quiet", "--detach")
    assert bench.look() == {}
    assert bench.state(1) is CardState.CATALOGED


@pytest.mark.endurance
def test_a_row_that_was_reset_away_is_lost_and_comes_back_under_its_own_number_where_a_curator_asks(
    bench: Bench, git: Git
) -> None:
    bench.decide(1, 2)
    git("reset", "--quiet", "--hard", "HEAD~1")
    assert bench.look() == bench.look() == {2: RowChange.LOST}
    assert bench.state(2) is CardState.MISSING
    bench.follow()
    assert 27 not in bench.numbers(), "nothing is put back by itself"
    bench.decide(3)
    assert (bench.number(PAPERS[3]), bench.numbers()[-2:]) == (28, [26, 28])
    bench.decide(2)
    assert bench.look() == {}
    assert (bench.state(2), bench.store.cards.get(2).row.number) == (CardState.CATALOGED, 27)  # type: ignore[union-attr]
    assert bench.numbers() == list(range(1, 29))
    assert git("status", "--porcelain") == ""


@pytest.mark.endurance
def test_a_row_is_kept_its_number_before_anybody_looked(bench: Bench, git: Git) -> None:
    bench.decide(1)
    git("reset", "--quiet", "--hard", "HEAD~1")
    bench.decide(2)
    assert bench.number(PAPERS[2]) == 27
    assert bench.look() == {1: RowChange.LOST}
    bench.decide(1)
    assert (bench.number(PAPERS[1]), bench.numbers()) == (26, list(range(1, 28)))


@pytest.mark.endurance
def test_an_undone_approval_frees_the_number_of_a_missing_row(bench: Bench, git: Git) -> None:
    bench.decide(1)
    git("reset", "--quiet", "--hard", "HEAD~1")
    assert bench.look() == {1: RowChange.LOST}
    bench.decide(1, verdict=Verdict.UNDO)
    assert bench.state(1) is CardState.OPEN
    bench.decide(2)
    assert bench.numbers() == list(range(1, 27))
    bench.decide(3)
    git("reset", "--quiet", "--hard", "HEAD~1")
    assert bench.look() == {3: RowChange.LOST}
    bench.decide(4)
    bench.decide(3, verdict=Verdict.REJECT)
    assert bench.numbers() == list(range(1, 28))
    assert bench.look() == {}
    assert git("status", "--porcelain") == ""


@pytest.mark.endurance
@pytest.mark.parametrize("verdict", [Verdict.UNDO, Verdict.REJECT])
def test_a_row_whose_removal_was_reset_away_is_a_question_and_stands_until_it_is_answered(
    bench: Bench, git: Git, verdict: Verdict
) -> None:
    bench.decide(1, 2)
    bench.decide(2, verdict=verdict)
    assert bench.look() == {}
    git("reset", "--quiet", "--hard", "HEAD~1")
    assert bench.look() == bench.look() == {2: RowChange.RETURNED}
    assert bench.state(2) is CardState.RETURNED
    bench.follow()
    assert bench.number(PAPERS[2]) == 27, "nothing is taken out by itself"
    bench.decide(2, verdict=Verdict.REJECT)
    assert (bench.look(), bench.state(2)) == ({}, CardState.REJECTED)
    assert bench.numbers() == list(range(1, 27))
    git("reset", "--quiet", "--hard", "HEAD~1")
    assert bench.look() == {2: RowChange.RETURNED}
    bench.decide(2)
    assert (bench.look(), bench.state(2)) == ({}, CardState.CATALOGED)
    assert bench.numbers() == list(range(1, 28))
    bench.decide(2, verdict=Verdict.UNDO)
    assert bench.numbers() == list(range(1, 27))
    assert git("status", "--porcelain") == ""


@pytest.mark.endurance
def test_a_row_that_stands_again_and_was_edited_by_a_person_goes_where_a_curator_says_so(
    bench: Bench, git: Git, path: Path
) -> None:
    bench.decide(1)
    bench.decide(1, verdict=Verdict.REJECT)
    git("reset", "--quiet", "--hard", "HEAD~1")
    path.write_text(path.read_text().replace("Paper number 1", "Paper number one"))
    git("commit", "--quiet", "--all", "--message=Hana's")
    assert bench.look() == {1: RowChange.RETURNED}
    bench.decide(1, verdict=Verdict.REJECT)
    assert bench.look() == {}
    assert bench.numbers() == list(range(1, 26))


def test_a_row_that_goes_again_by_itself_is_no_question_any_more(bench: Bench, git: Git) -> None:
    bench.decide(1)
    bench.decide(1, verdict=Verdict.REJECT)
    tip = git("rev-parse", "HEAD")
    git("reset", "--quiet", "--hard", "HEAD~1")
    assert bench.look() == {1: RowChange.RETURNED}
    git("reset", "--quiet", "--hard", tip)
    assert (bench.look(), bench.state(1)) == ({}, CardState.REJECTED)


@pytest.mark.endurance
def test_a_pushed_row_that_was_reset_away_here_is_told_and_comes_back_with_the_next_push(
    bench: Bench, git: Git, publish: Publish, bare: Path
) -> None:
    bench.decide(1, 2)
    publish().bring(NOW)
    git("reset", "--quiet", "--hard", "HEAD~1")
    assert bench.look() == {2: RowChange.LOST}
    bench.decide(3)
    publish().bring(NOW)
    assert (bench.look(), bench.state(2)) == ({}, CardState.CATALOGED), "readers never lacked it"
    assert bench.numbers() == list(range(1, 29))
    assert [remote_file(bare).count(f"{PAPERS[n]}](") for n in (1, 2, 3)] == [1, 1, 1]


def test_a_removal_that_was_pushed_and_reset_away_here_comes_back_with_the_next_push(
    bench: Bench, git: Git, publish: Publish
) -> None:
    bench.decide(1)
    publish().bring(NOW)
    bench.decide(1, verdict=Verdict.REJECT)
    publish().bring(NOW)
    git("reset", "--quiet", "--hard", "HEAD~1")
    assert bench.look() == {1: RowChange.RETURNED}
    publish().bring(NOW)
    assert (bench.look(), bench.state(1)) == ({}, CardState.REJECTED)
    assert bench.numbers() == list(range(1, 26))


def test_a_row_given_up_here_that_the_remote_still_holds_is_a_question_once_a_push_has_taken_it_in(
    bench: Bench, git: Git, publish: Publish, bare: Path
) -> None:
    bench.decide(1)
    publish().bring(NOW)
    git("reset", "--quiet", "--hard", "HEAD~1")
    assert bench.look() == {1: RowChange.LOST}
    bench.decide(1, verdict=Verdict.REJECT)
    bench.decide(2)
    publish().bring(NOW)
    assert bench.look() == {1: RowChange.RETURNED}
    bench.decide(1, verdict=Verdict.REJECT)
    publish().bring(NOW)
    assert bench.look() == {}
    assert bench.numbers() == list(range(1, 27))
    assert [remote_file(bare).count(f"{PAPERS[n]}](") for n in (1, 2)] == [0, 1]
    assert git("status", "--porcelain") == ""


@pytest.mark.endurance
def test_a_row_that_a_person_took_out_is_a_question_and_stays_out_until_it_is_answered(
    bench: Bench, git: Git, path: Path
) -> None:
    bench.decide(1, 2, 3)
    commit = by_hand(path, git, PAPERS[2])
    assert bench.look() == {2: RowChange.TAKEN_OUT}
    row = bench.store.cards.get(2).row
    assert row is not None
    assert (row.commit, row.number) == (commit, 27)
    before = path.read_bytes()
    bench.follow()
    bench.look()
    assert path.read_bytes() == before
    bench.decide(2, verdict=Verdict.REJECT)
    assert (bench.look(), bench.state(2)) == ({}, CardState.REJECTED)
    assert bench.numbers() == list(range(1, 28))
    by_hand(path, git, PAPERS[1])
    assert bench.look() == {1: RowChange.TAKEN_OUT}
    bench.decide(1)
    assert (bench.look(), bench.number(PAPERS[1])) == ({}, 26)
    assert bench.numbers() == list(range(1, 28))


@pytest.mark.endurance
def test_a_row_that_was_undone_approved_again_and_reset_away_is_lost_and_not_taken_out(bench: Bench, git: Git) -> None:
    bench.decide(1)
    bench.decide(1, verdict=Verdict.UNDO)
    bench.decide(1)
    git("reset", "--quiet", "--hard", "HEAD~1")
    assert bench.look() == {1: RowChange.LOST}


@pytest.mark.endurance
def test_a_row_that_stands_again_is_no_longer_missing(bench: Bench, git: Git) -> None:
    bench.decide(1, 2)
    tip = git("rev-parse", "HEAD")
    git("reset", "--quiet", "--hard", "HEAD~2")
    assert bench.look() == {1: RowChange.LOST, 2: RowChange.LOST}
    git("reset", "--quiet", "--hard", tip)
    assert bench.look() == {}
    row = bench.store.cards.get(2).row
    assert row is not None
    assert (row.change, row.number) == (RowChange.ADDED, 27)
    bench.decide(1, 2, verdict=Verdict.UNDO)
    assert bench.numbers() == list(range(1, 26))


@pytest.mark.endurance
@pytest.mark.parametrize("link", ["[DOI](https://doi.org/10.1000/xyz)", "[ACL](https://aclanthology.org/2026.acl-1)"])
def test_a_row_whose_link_a_person_changed_stands_by_its_title(bench: Bench, git: Git, path: Path, link: str) -> None:
    bench.decide(1)
    text = path.read_text()
    old = f"[arXiv:{PAPERS[1]}](https://arxiv.org/abs/{PAPERS[1]})"
    path.write_text(text.replace(old, link).replace("Paper number 1", "PAPER Number **1**"))
    git("commit", "--quiet", "--all", "--message=Hana's")
    assert bench.look() == {}
    bench.decide(1, verdict=Verdict.UNDO)
    bench.decide(1)
    assert bench.numbers() == list(range(1, 27)), "no second row of the paper"


def test_a_squash_merge_that_kept_the_row_is_fine_and_one_that_lost_it_is_told(bench: Bench, git: Git) -> None:
    base = git("rev-parse", "HEAD")
    bench.decide(1, 2)
    git("branch", "work")
    git("reset", "--quiet", "--hard", base)
    git("merge", "--quiet", "--squash", "work")
    git("commit", "--quiet", "--message=all of it")
    assert bench.look() == {}
    git("reset", "--quiet", "--hard", base)
    git("merge", "--quiet", "--squash", "work~1")
    git("commit", "--quiet", "--message=some of it")
    assert bench.look() == {2: RowChange.LOST}


def test_a_row_that_a_squash_kept_and_a_person_took_out_later_is_a_question(bench: Bench, git: Git, path: Path) -> None:
    base = git("rev-parse", "HEAD")
    bench.decide(1)
    git("branch", "work")
    git("reset", "--quiet", "--hard", base)
    git("merge", "--quiet", "--squash", "work")
    git("commit", "--quiet", "--message=all of it")
    git("branch", "--quiet", "--delete", "--force", "work")
    by_hand(path, git, PAPERS[1])
    assert bench.look() == {1: RowChange.TAKEN_OUT}


@pytest.mark.endurance
def test_a_row_that_a_merge_dropped_was_in_the_history_and_is_a_question(bench: Bench, git: Git) -> None:
    git("checkout", "--quiet", "-b", "theirs")
    git("commit", "--quiet", "--allow-empty", "--message=theirs")
    git("checkout", "--quiet", "main")
    bench.decide(1)
    git("checkout", "--quiet", "theirs")
    git("merge", "--quiet", "--strategy=ours", "--message=dropped", "main")
    git("checkout", "--quiet", "main")
    git("reset", "--quiet", "--hard", "theirs")
    assert bench.look() == {1: RowChange.TAKEN_OUT}


def test_outside_of_a_repository_a_missing_row_is_a_question(bench: Bench, path: Path) -> None:
    bench.decide(1, 2)
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if PAPERS[1] not in line))
    assert bench.look() == {1: RowChange.TAKEN_OUT}
    bench.decide(1)
    assert (bench.look(), bench.number(PAPERS[1])) == ({}, 26)


@pytest.mark.endurance
def test_a_person_s_draft_without_the_row_is_no_news_until_it_is_committed(bench: Bench, git: Git, path: Path) -> None:
    bench.decide(1)
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if PAPERS[1] not in line))
    assert bench.look() == {}
    git("commit", "--quiet", "--all", "--message=Hana's")
    assert bench.look() == {1: RowChange.TAKEN_OUT}


@pytest.mark.endurance
def test_behind_a_filter_rows_are_looked_for_and_their_history_too(bench: Bench, git: Git, path: Path) -> None:
    commit_through_filter(git, path, "rot", "tr 0-9a-z 5-90-4n-za-m", "tr 5-90-4n-za-m 0-9a-z")
    bench.decide(1, 2)
    assert PAPERS[1] not in git("cat-file", "blob", "HEAD:catalog.md")
    assert bench.look() == {}
    by_hand(path, git, PAPERS[2])
    assert bench.look() == {2: RowChange.TAKEN_OUT}
    git("reset", "--quiet", "--hard", "HEAD~3")
    assert bench.look() == {1: RowChange.LOST, 2: RowChange.TAKEN_OUT}


@pytest.mark.endurance
def test_commits_from_before_a_filter_was_set_up_hide_no_lost_row(bench: Bench, git: Git, path: Path) -> None:
    commit_through_filter(git, path, "crypt", "base64", "base64 -d")
    bench.decide(1, 2)
    by_hand(path, git, PAPERS[2])
    assert bench.look() == {2: RowChange.TAKEN_OUT}
    git("reset", "--quiet", "--hard", "HEAD~3")
    assert bench.look() == {1: RowChange.LOST, 2: RowChange.TAKEN_OUT}


def test_a_branch_without_the_file_is_told_once_and_not_as_many_lost_rows(bench: Bench, git: Git) -> None:
    bench.decide(1, 2)
    git("rm", "--quiet", "catalog.md")
    git("commit", "--quiet", "--message=moved elsewhere")
    bench.path.write_text("")
    with pytest.raises(CatalogError, match="does not hold the file"):
        bench.look()
    assert bench.store.catalog.missing() == []


@pytest.mark.endurance
def test_a_row_put_back_into_the_middle_stands_where_it_stood(bench: Bench, git: Git, path: Path) -> None:
    bench.decide(1, 2, 3)
    before = path.read_text()
    by_hand(path, git, PAPERS[2])  # who leaves total and numbers as they are
    assert bench.look() == {2: RowChange.TAKEN_OUT}
    bench.decide(2)
    assert path.read_text() == before.replace("合計：28本", "合計：29本") or path.read_text() == before
    assert bench.numbers() == list(range(1, 29))


@pytest.mark.endurance
def test_an_older_paper_that_was_reset_away_comes_back_to_its_year_and_later_rows_make_room(
    bench: Bench, git: Git
) -> None:
    card = bench.store.cards.get(1)
    older = [Revision("year", card.cells.year, "2023", "hana", NOW)]
    bench.store.cards.revise(1, older, None)
    bench.decide(2)
    bench.decide(1)
    place = bench.number(PAPERS[1])
    assert place < 20
    git("reset", "--quiet", "--hard", "HEAD~1")
    assert bench.look() == {1: RowChange.LOST}
    bench.decide(3)
    bench.decide(1)
    assert (bench.number(PAPERS[1]), bench.numbers()) == (place, list(range(1, 29)))


@pytest.mark.endurance
def test_two_missing_rows_keep_their_numbers_in_whatever_order_they_are_put_back(bench: Bench, git: Git) -> None:
    bench.decide(1, 2, 3)
    git("reset", "--quiet", "--hard", "HEAD~3")
    assert len(bench.look()) == 3
    bench.decide(4)
    assert bench.number(PAPERS[4]) == 29
    for number in (3, 1, 2):
        bench.decide(number)
    assert {n: bench.number(PAPERS[n]) for n in (1, 2, 3)} == {1: 26, 2: 27, 3: 28}
    assert bench.numbers() == list(range(1, 30))
    assert bench.look() == {}
