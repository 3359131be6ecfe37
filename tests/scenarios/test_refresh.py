"""What happens to papers after their rows were written is proposed once, and does not flap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.catalogs.rows import SEED
from tests.adapters.enrich.conftest import metadata_of
from tests.scenarios.conftest import Deployment, agreeing
from tests.servers.arxiv_api import ArxivApi
from tests.servers.figures import Figures, page
from tests.shipped import STYLE
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.enrich.hugging_face_github import HuggingFace
from watcher.adapters.enrich.semantic_scholar import SemanticScholar
from watcher.adapters.sources.fetch import Fetcher, Limits
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade
from watcher.domain.catalog.attention import AttentionRule, Threshold
from watcher.domain.catalog.check import FindingKind
from watcher.domain.catalog.proposals import ProposalVerdict, Suggestion
from watcher.ports import Enricher
from watcher.services import Events
from watcher.services.reviews import ProposalService
from watcher.stages.catalog import change
from watcher.upkeep.check import Refresh, Refreshed

pytestmark = pytest.mark.endurance

BEGIN = datetime(2026, 7, 5, 9, tzinfo=UTC)
LLAVA, RAP, VOYAGER = "2304.08485", "2305.14992", "2305.16291"
RULE = AttentionRule(Threshold(10, 20, 200), Threshold(100, 100, 2000), 0.2)


@dataclass
class Weeks:
    """A catalog, arXiv and the counting services, week after week."""

    path: Path
    arxiv: ArxivApi
    figures: Figures
    store: SqlStore
    week: int = field(default=0)

    @property
    def now(self) -> datetime:
        return BEGIN + timedelta(weeks=self.week)

    @property
    def document(self) -> MarkdownCatalog:
        return MarkdownCatalog(self.path, "Watcher", "watcher@example.org")

    def pass_by(self) -> Refreshed:
        """A week passes and the round is made."""
        self.week += 1
        ask = Fetcher(own_urls=[self.figures.url], limits=Limits(attempts=1)).ask
        services: list[Enricher] = [
            SemanticScholar(ask, "", self.figures.url),
            HuggingFace(ask, self.figures.url, pages=True),
        ]
        refresh = Refresh(self.document, metadata_of(self.arxiv), services, RULE, STYLE, self.store)
        return refresh(f"refresh-{self.week}", self.now)

    def says(self, native: str, **said: Any) -> None:
        """What arXiv says of a paper from now on."""
        self.arxiv.records[native] = {**self.arxiv.records[native], **said}

    def waiting(self) -> dict[tuple[str, FindingKind], Suggestion]:
        return {(one.proposal.row.removeprefix("arxiv:"), one.proposal.kind): one for one in self.store.proposals.all()}

    def decide(self, verdict: ProposalVerdict) -> None:
        """A verdict on all that waits, followed by the catalog."""
        curation = ProposalService(self.store, lambda: self.now, Events())
        curation.decide([one.number for one in self.waiting().values()], verdict, "Hana", "web")
        for number in self.store.proposals.to_change():
            change(number, self.document, self.store, run="follow", now=self.now)


@pytest.fixture
def weeks(tmp_path: Path) -> Iterator[Weeks]:
    path = tmp_path / "catalog.md"
    path.write_bytes(SEED.read_bytes())
    database = open_database(tmp_path / "watcher.db")
    upgrade(database)
    with ArxivApi(agreeing(path)) as arxiv, Figures() as figures:
        yield Weeks(path, arxiv, figures, SqlStore(database))
    database.close()


def test_a_week_in_which_nothing_happens_proposes_nothing(weeks: Weeks) -> None:
    assert weeks.pass_by() == Refreshed(14, 0, ())
    assert weeks.store.proposals.all() == []


def test_a_venue_a_new_title_a_withdrawal_and_attention_are_proposed(weeks: Weeks) -> None:
    weeks.says(LLAVA, comment="NeurIPS 2023 Oral")
    weeks.says(RAP, title="Reasoning with Language Models is Planning with World Models", version=3)
    weeks.says(VOYAGER, comment="This paper has been withdrawn by the authors")
    weeks.figures.citations = {"2310.15166": 5000, "2404.18202": 90}
    weeks.figures.dblp = {"2404.18202": "conf/mm/GeHZLFZLT24"}
    weeks.figures.pages = {"2310.15166": page("2310.15166", upvotes=7)}

    assert weeks.pass_by().proposed == 5

    found = weeks.waiting()
    assert found[LLAVA, FindingKind.VENUE].proposal.after == "NeurIPS 2023 (Oral)"
    assert (
        found[RAP, FindingKind.TITLE].proposal.after == "Reasoning with Language Models is Planning with World Models"
    )
    assert found[VOYAGER, FindingKind.WITHDRAWN].proposal.after is None
    assert found["2404.18202", FindingKind.VENUE].proposal.after == "ACM MM 2024"
    attention = found["2310.15166", FindingKind.ATTENTION].proposal
    assert attention.after == "高 (被引用 5000、Hugging Face 7票)"
    assert attention.before == "中 (実装公開で話題)"

    weeks.decide(ProposalVerdict.ACCEPT)
    text = weeks.path.read_text(encoding="utf-8")
    assert all(one in text for one in ("NeurIPS 2023 (Oral)", "ACM MM 2024", "高 (被引用 5000、Hugging Face 7票)"))
    assert weeks.pass_by().proposed == 0


def test_a_rejected_level_is_not_proposed_again_with_next_week_s_figures(weeks: Weeks) -> None:
    weeks.figures.citations = {"2310.15166": 5000}
    weeks.pass_by()
    weeks.decide(ProposalVerdict.REJECT)

    for citations in (5100, 5200, 5300):
        weeks.figures.citations = {"2310.15166": citations}
        assert weeks.pass_by().proposed == 0


def test_attention_at_a_threshold_does_not_flap(weeks: Weeks) -> None:
    proposed = []
    for yearly in (95, 105, 96, 108, 92, 125, 110, 90, 85, 101, 78, 90, 110):
        years = (weeks.now + timedelta(weeks=1) - datetime(2024, 1, 1, tzinfo=UTC)).days / 365.25
        weeks.figures.citations = {"2310.15166": round(yearly * years)}
        proposed.append(weeks.pass_by().proposed)
        weeks.decide(ProposalVerdict.ACCEPT)

    assert proposed == [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0]
    assert "中 (被引用" in weeks.path.read_text(encoding="utf-8")


def test_an_open_proposal_stays_the_same_while_its_figures_grow(weeks: Weeks) -> None:
    for citations in (5000, 5100, 5200):
        weeks.figures.citations = {"2310.15166": citations}
        weeks.pass_by()

    assert [one.proposal.after for one in weeks.store.proposals.all(settled=True)] == ["高 (被引用 5000)"]


def test_figures_are_asked_for_once_a_week_and_old_ones_serve_when_nobody_answers(weeks: Weeks) -> None:
    weeks.figures.citations = {"2310.15166": 5000}
    weeks.figures.next_answer(500, times=2)
    first = weeks.pass_by()
    assert (first.proposed, len(first.troubles)) == (0, 2)

    assert weeks.pass_by().proposed == 1
    asked = len(weeks.figures.asked)
    weeks.week -= 1
    weeks.pass_by()
    assert len(weeks.figures.asked) == asked


def test_the_command_tells_what_is_new(deployment: Deployment) -> None:
    with ArxivApi(agreeing(deployment.catalog)) as arxiv, Figures() as figures:
        figures.citations = {LLAVA: 1, "2310.15166": 5000}
        urls = {"WATCHER_ARXIV_API_URL": arxiv.url, "WATCHER_S2_URL": figures.url, "WATCHER_HF_URL": figures.url}
        deployment.env |= urls
        done = deployment("catalog", "refresh", "--json")
        status = deployment("status", "--json")

    assert (done.code, done.json["papers"], done.json["proposed"]) == (0, 14, 2), done.err
    assert status.json["proposals"] == 2
