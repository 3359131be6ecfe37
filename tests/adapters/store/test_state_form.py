"""The state that may be published: nothing of people, prompts and installations can be read in it, the key brings people
back, and a file that is not whole, not ours or not of this version is refused and leaves the database as it was.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from tests.adapters.store.steps import announce, decide, with_card
from tests.cards import recorded_digest
from tests.factories import NOW, RUN, a_screening
from watcher.adapters.desks.slack.api.oauth import TokenCipher
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.backup import LEFT_OUT, PublicForm, backup, filled_tables, restore
from watcher.domain.budget import Usage
from watcher.domain.curation.card import Decided
from watcher.domain.errors import UsageError
from watcher.domain.facts import Decision, Verdict
from watcher.domain.papers.paper import PaperId
from watcher.ports import Reply, Request

HANA = "hana (U01HANA)"
WORDS = "out of scope, says Ken"


def form_with(key: bytes) -> PublicForm:
    cipher = TokenCipher(key.decode())
    return PublicForm(cipher.encrypt, cipher.decrypt)


FORM = form_with(Fernet.generate_key())


def a_used_store(store: SqlStore) -> int:
    """A card that somebody rejected with a reason, a paper put aside, a reply with its question, a digest that names who
    decided, an installation and a preference.
    """
    number = with_card(store, "2606.00001")
    store.cards.decide(number, Decision(Verdict.REJECT, HANA, NOW, "slack", WORDS))
    (aside,) = announce(store, "2606.00002")
    store.papers.add_screenings([(aside, a_screening(passed=False))], RUN, NOW)
    request = Request("score", "system", "the prompt with Ken's words", "s", {})
    store.models.add_reply("key", request, Reply("{}", "m", "stop", Usage(1, 10, 20, 30, 0.1)), NOW)
    digest = replace(recorded_digest(), decided=(Decided(HANA, 0, 1, 0),))
    store.reports.put_digest(digest, "C/1", NOW)
    asked = store.services.begin_request("s2", "citations", "hash", most=9, since=NOW, at=NOW)
    store.services.finish_request(asked, b"a long answer")
    store.desks.put_installation("T1", "sealed-token", NOW)
    store.desks.put_preferences("U01HANA", ["compact"])
    return number


@pytest.fixture
def written(store: SqlStore, tmp_path: Path) -> Path:
    a_used_store(store)
    backup(store.database, tmp_path / "state.gz", NOW, FORM)
    return tmp_path / "state.gz"


def restored(path: Path, form: PublicForm | None = FORM) -> SqlStore:
    database = open_database(path.with_name("fresh.db"))
    restore(database, path, form)
    return SqlStore(database)


def test_nobody_reads_people_prompts_or_abstracts_of_papers_put_aside_in_it(written: Path) -> None:
    text = gzip.decompress(written.read_bytes()).decode()

    for hidden in ("hana", "U01HANA", "Ken", "sealed-token", "compact", "the prompt"):
        assert hidden not in text
    tables = {json.loads(line)["table"] for line in text.splitlines() if line.startswith('{"table"')}
    assert not tables & LEFT_OUT
    versions = rows_of(text, "paper_versions")
    assert [bool(row["abstract"]) for row in versions] == [True, False]
    assert [bool(row["abstract_raw"]) for row in versions] == [True, False]


def test_the_key_brings_people_and_their_words_back(store: SqlStore, written: Path) -> None:
    again = restored(written)

    (number,) = [card.candidate.number for card in store.cards.all()]
    assert again.cards.get(number) == store.cards.get(number)
    decision = again.cards.get(number).decision
    assert decision is not None
    assert (decision.curator, decision.reason) == (HANA, WORDS)
    assert again.reports.last_digest() == store.reports.last_digest()
    assert again.history.of(PaperId("arxiv", "2606.00001")) == store.history.of(PaperId("arxiv", "2606.00001"))
    assert again.models.reply("key") is not None, "a reply is never paid for again"
    assert again.desks.installation("T1") is None
    assert again.services.count_requests("citations", NOW) == 1, "it counts against the budget"
    assert again.services.answer("s2", "hash", NOW) is None
    again.database.close()


def test_two_states_of_one_name_do_not_show_that_it_is_one(store: SqlStore, tmp_path: Path) -> None:
    for paper in ("2606.00001", "2606.00002"):
        decide(store, with_card(store, paper), Verdict.APPROVE)
    backup(store.database, tmp_path / "state.gz", NOW, FORM)

    sealed = [
        row["curator"] for row in rows_of(gzip.decompress((tmp_path / "state.gz").read_bytes()).decode(), "decisions")
    ]

    assert len(set(sealed)) == 2


def header(path: Path, **changes: Any) -> None:
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    path.write_bytes(gzip.compress("\n".join([json.dumps(json.loads(lines[0]) | changes), *lines[1:], ""]).encode()))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def without_its_end(path: Path) -> None:
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    path.write_bytes(gzip.compress("\n".join(lines[: len(lines) // 2]).encode()))


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(bytes(data))


def one_sealed_value_damaged(path: Path) -> None:
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    head, *rest = lines
    path.write_bytes(
        gzip.compress("\n".join([head, *(line.replace('"gAAAA', '"gAAAB') for line in rest), ""]).encode())
    )


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda path: path.write_bytes(b"\x00\x01 no gzip at all"), "not a backup of this program"),
        (
            lambda path: path.write_bytes(gzip.compress(b'{"name": "another program"}\n')),
            "not a backup of this program",
        ),
        (lambda path: path.write_bytes(b""), "not a backup of this program"),
        (cut, "cut off or damaged"),
        (without_its_end, "cut off or damaged"),
        (flipped, "cut off or damaged"),
        (one_sealed_value_damaged, "cut off or damaged"),
        (lambda path: header(path, revision="0019"), "an unreleased version before 0.1.0 made it"),
        (lambda path: header(path, revision="0099_later"), "made by a newer version"),
        (lambda path: header(path, people=form_with(Fernet.generate_key()).header()["people"]), "another deployment's"),
    ],
)
def test_what_is_unreadable_truncated_older_newer_or_foreign_is_refused_and_nothing_is_restored(
    written: Path, harm: Callable[[Path], Any], said: str
) -> None:
    harm(written)

    with pytest.raises(UsageError) as refused:
        restored(written)

    assert said in refused.value.message
    database = open_database(written.with_name("fresh.db"))
    assert filled_tables(database) == []
    database.close()


def test_without_a_key_it_says_which_variable_is_missing(written: Path) -> None:
    with pytest.raises(UsageError, match="WATCHER_SECRET_KEY"):
        restored(written, None)


def test_a_plain_backup_is_restored_with_a_key_at_hand_as_without(store: SqlStore, tmp_path: Path) -> None:
    number = a_used_store(store)
    backup(store.database, tmp_path / "plain.gz", NOW)

    again = restored(tmp_path / "plain.gz")

    assert again.cards.get(number) == store.cards.get(number)
    again.database.close()


def test_a_message_that_may_have_been_sent_is_looked_for_from_the_last_known_moment(store: SqlStore) -> None:
    store.outbox.intend("before", "slack", NOW)
    store.outbox.unsure_since = NOW - timedelta(hours=1)

    assert store.outbox.intend("before", "slack", NOW) == NOW
    assert store.outbox.intend("new", "slack", NOW) == NOW - timedelta(hours=1)
    store.outbox.unsure_since = None
    assert store.outbox.intend("new", "slack", NOW) == NOW - timedelta(hours=1), "also in a later run"


def rows_of(text: str, table: str) -> list[dict[str, Any]]:
    """The rows of a table in a backup's lines."""
    found: list[dict[str, Any]] = []
    columns: list[str] | None = None
    for line in map(json.loads, text.splitlines()[1:]):
        if isinstance(line, dict):
            columns = line["columns"] if line.get("table") == table else None
        elif columns:
            found.append(dict(zip(columns, line, strict=True)))
    return found
