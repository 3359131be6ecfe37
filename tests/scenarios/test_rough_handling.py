"""What operators and chance do: everything at once, twice, half configured, from two machines."""

from __future__ import annotations

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.scenarios.conftest import FEED, NOW, RELEVANT, Deployment
from tests.servers.llm import Behavior, LlmServer, failing, saying, slow
from tests.servers.slack import eventually
from watcher.words_ja import cli as words


@pytest.mark.endurance
def test_seven_decisions_at_once_are_all_followed(deployment: Deployment) -> None:
    deployment.run()

    with ThreadPoolExecutor(len(RELEVANT)) as together:
        done = list(together.map(lambda paper: deployment("decide", paper, "approve"), sorted(RELEVANT)))

    assert [d.code for d in done] == [0] * 7, [d.err for d in done]
    text = deployment.catalog.read_text(encoding="utf-8")
    assert "合計：32本" in text
    assert all(f"abs/{paper}" in text for paper in RELEVANT)
    assert re.search(r"判断 +7 +0\b", deployment("status").out)
    assert deployment("status", "--json").json["waiting"]["catalog"] == 0


@pytest.mark.endurance
def test_status_tells_what_failed_and_forgets_it_when_it_is_healed(deployment: Deployment, llm: LlmServer) -> None:
    llm.always(failing(500))
    deployment.run()

    broken, told = deployment("status"), deployment("status", "--json").json
    assert "失敗：採点" in broken.out
    assert "異常はありません" not in broken.out
    assert told["failures"][0]["stage"] == "score"

    llm.always(Behavior())
    deployment.run()
    healed = deployment("status")
    assert "異常はありません" in healed.out
    assert "配信" in healed.out


@pytest.mark.endurance
def test_status_tells_of_a_run_that_was_killed_until_the_next_one_has_ended(
    deployment: Deployment, llm: LlmServer
) -> None:
    llm.always(slow(30))
    process = deployment.start("run", "--feed", str(FEED), "--now", NOW)
    eventually(lambda: llm.calls)
    process.kill()
    process.wait(20)

    told, run = deployment("status").out, deployment("status", "--json").json["unfinished_runs"]
    assert len(run) == 1
    assert words.unfinished(run[0]) in told
    assert words.NO_FAILURE not in told

    llm.always(Behavior())
    deployment.run()
    assert deployment("status", "--json").json["unfinished_runs"] == []
    assert words.NO_FAILURE in deployment("status").out


@pytest.mark.endurance
def test_the_last_run_is_the_last_one_whatever_time_it_was_told(deployment: Deployment) -> None:
    deployment.run(now="2027-01-05T05:00:00Z")

    (cut := deployment.folder / "cut.xml").touch()
    deployment("run", "--feed", str(cut), "--now", NOW)

    told = deployment("status").out
    assert "取得に失敗" in told
    assert told.count("the document is empty") == 1, "what stands beside the feed is not told again"
    assert "異常はありません" not in told


@pytest.mark.endurance
def test_a_run_that_read_no_feed_does_not_hide_that_one_failed(deployment: Deployment) -> None:
    (cut := deployment.folder / "cut.xml").touch()
    deployment("run", "--feed", str(cut), "--now", NOW)
    deployment("digest", "--now", NOW)

    (failure, *_) = deployment("status", "--json").json["failures"]

    assert (failure["stage"], "cut.xml" in failure["error"]) == ("collect", True)


@pytest.mark.endurance
def test_a_wrong_path_to_import_is_told_once_and_never_again(deployment: Deployment) -> None:
    assert deployment("import", "/nowhere.jsonl").code == 1

    told = deployment("status", "--json").json
    assert (told["sources"], told["failures"], told["last_run"]) == ([], [], None)


@pytest.mark.endurance
def test_two_topics_share_a_row_and_it_goes_when_both_let_it_go(deployment: Deployment, tmp_path: Path) -> None:
    before = deployment.catalog.read_bytes()
    deployment.configure(tmp_path / "config", "batch_size = 15", "batch_size = 20")
    topics = tmp_path / "config" / "topics"
    for suffix in (".toml", ".md"):
        shutil.copyfile(topics / f"llm-x-world-models{suffix}", topics / f"second{suffix}")
    deployment.run()
    ambiguous = deployment("decide", "2606.27483", "approve")
    assert ambiguous.code == 1
    assert "llm-x-world-models" in ambiguous.err
    one, other = (word for word in ambiguous.err.replace("（", " ").split() if word.isdecimal())

    assert deployment("decide", one, "approve").code == deployment("decide", other, "approve").code == 0
    deployment("undo", one)
    assert "abs/2606.27483" in deployment.catalog.read_text(encoding="utf-8")
    deployment("undo", other)

    assert deployment.catalog.read_bytes() == before


@pytest.mark.endurance
@pytest.mark.empty_database
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_second_machine_on_the_same_database_is_kept_out(
    deployment: Deployment, database_url: str, tmp_path: Path, llm: LlmServer
) -> None:
    deployment.env["DATABASE_URL"] = database_url
    second = Deployment(tmp_path / "second", dict(deployment.env))
    second.prepare()
    assert deployment("db", "upgrade").code == 0

    with ThreadPoolExecutor(2) as together:
        done = list(together.map(lambda d: d.run(), (deployment, second)))

    assert sorted(d.code for d in done) == [0, 1]
    assert "別の watcher が同じデータベースで動いています。" in "".join(d.err for d in done)
    assert llm.calls == 20


@pytest.mark.endurance
def test_a_model_that_writes_no_json_is_not_asked_for_every_paper(deployment: Deployment, llm: LlmServer) -> None:
    llm.always(saying("I think all of these are wonderful."))
    first = deployment.run()
    calls = llm.calls

    llm.always(Behavior())
    second = deployment.run()

    assert first.code == 1
    assert "no JSON" in first.err or "JSON" in first.err
    assert calls <= 14, "an outage of sense ends the run early"
    assert llm.calls - calls <= 2 * 9 + 7 + 7, "what was unreadable is asked again in halves, never paper by paper"
    assert (second.json["unscored"], second.json["posted"]) == (0, 7)


@pytest.mark.endurance
def test_half_a_slack_configuration_is_told(deployment: Deployment) -> None:
    deployment.env["SLACK_BOT_TOKEN"] = "xoxb-0123456789"
    alone = deployment("check")
    assert alone.code == 1
    assert "SLACK_CHANNEL" in alone.err
    assert "SLACK_CHANNEL" in deployment.run().err

    deployment.env["SLACK_CHANNEL"] = "C0123456789"
    assert deployment("check").code == 0, "without a way for clicks to arrive, reactions decide"


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('poll_days = "mon,tue,wed,thu,fri"', 'poll_days = "sun-thu"', "schedule"),
        ('poll_hours = "0-7"', 'poll_hours = "25"', "schedule"),
        ('prefilter = "keywords"', 'prefilter = "oracle"', "oracle"),
        ("approvals = 1", "approvals = 0", "approvals"),
        ('curator_group = ""', 'curator_group = "@lab"', "curator_group"),
        ('quiet = "post"', 'quiet = "hush"', "quiet"),
    ],
)
def test_check_finds_what_serve_would_stumble_over(
    deployment: Deployment, tmp_path: Path, before: str, after: str, says: str
) -> None:
    deployment.configure(tmp_path / "config", before, after)

    done = deployment("check")

    assert done.code == 1
    assert says in done.err


def test_check_finds_that_too_few_may_decide_for_as_many_as_must_agree(deployment: Deployment, tmp_path: Path) -> None:
    deployment.configure(tmp_path / "config", "approvals = 1", "approvals = 2")
    assert deployment("check").code == 0

    path = tmp_path / "config" / "watcher.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("curators = []", 'curators = ["U1"]'), encoding="utf-8")

    assert "slack.approvals は 2 ですが、slack.curators には 1 人しかいません" in deployment("check").err


@pytest.mark.endurance
@pytest.mark.parametrize(
    "arguments",
    [
        ("decide", "2606.27379", "approve"),  # scored 0: no card
        ("decide", "2101.00001", "approve"),
        ("undo", "2606.27483"),
        ("log", "2101.00001"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(ran: Deployment, arguments: tuple[str, ...]) -> None:
    done = ran(*arguments)

    assert done.code == 1
    assert len(done.err.strip().splitlines()) == 1, done.err
    assert "unexpected" not in done.err
    assert "Traceback" not in done.err


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """A deployment after its day; these tests change nothing in it."""
    with LlmServer() as server:
        made = Deployment(tmp_path_factory.mktemp("ran"), {"OPENAI_BASE_URL": server.url, "WATCHER_MODEL": "m"})
        made.prepare()
        assert made.run(FEED).code == 0
        return made


@pytest.mark.endurance
def test_a_paper_that_stood_in_the_catalog_before_is_named_so(deployment: Deployment, tmp_path: Path) -> None:
    text = FEED.read_text(encoding="utf-8").replace("2606.27483", "2410.02742")
    (tmp_path / "feed.xml").write_text(text, encoding="utf-8")
    before = deployment.catalog.read_bytes()
    replies = llm_with(tmp_path)
    with LlmServer(replies) as server:
        deployment.env["OPENAI_BASE_URL"] = server.url
        deployment.run(tmp_path / "feed.xml")

    done = deployment("decide", "2410.02742", "approve")
    undone = deployment("undo", "2410.02742")

    assert "すでにカタログにあります" in done.out
    assert undone.code == 0
    assert deployment.catalog.read_bytes() == before


def llm_with(folder: Path) -> Path:
    """The recorded replies with one paper under the id of a paper of the catalog."""
    from tests.servers.llm import RECORDED  # noqa: PLC0415

    path = folder / "replies.jsonl"
    path.write_text(RECORDED.read_text(encoding="utf-8").replace("2606.27483", "2410.02742"), encoding="utf-8")
    return path
