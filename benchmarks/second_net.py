"""Plays a quarter in which papers belong that no watched feed tells of, or tells of late: found by which net, and when.

    python benchmarks/second_net.py [--papers 4000] [--rows 30] [--faults 0.0] [--seed 1]

The papers are real (tests/data/papers) and so is what belongs of them (the labels); where and when they appear is drawn
from the seed: of what belongs 60 % is announced in watched categories, 20 % in others only, 12 % in others and
cross-listed one to six weeks later, and 8 % in journals without an arXiv id. What belongs cites a row of the catalog in
70 %, all else in 10 % of the cases; Semantic Scholar knows 92 % of that after 3 to 14 days and OpenAlex 75 % after 7 to 40.
Both services and arXiv's search API run on loopback, with a part of their requests failing (`--faults`: 401, 403, 429, a bot
page, 5xx, cut off, empty, of another form). The model knows the labels. Every weekday has a run; the quarter is played with
the second net and without it.

Ends with 1 if a week took more than ten requests for each 30 rows, if a paper had two candidates, or if one that the services
named and arXiv has was not taken in.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from statistics import median
from typing import Any, Self

import sqlalchemy as sa

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the project, from wherever this is run

from benchmarks.label_reader import STREAM, LabelReader, Sent, levels  # noqa: E402
from tests.servers.arxiv_api import ArxivApi  # noqa: E402
from tests.servers.citations import BOT_PAGE, FORBIDDEN, NO_KEY, TOO_MANY, CitationServices, Work  # noqa: E402
from watcher.adapters.catalogs.markdown import MarkdownCatalog  # noqa: E402
from watcher.adapters.enrich import service  # noqa: E402
from watcher.adapters.sources.paper import readable  # noqa: E402
from watcher.adapters.store import tables as t  # noqa: E402
from watcher.bootstrap import Watcher  # noqa: E402
from watcher.bootstrap.clients import make_citation_net  # noqa: E402
from watcher.domain.budget import Price  # noqa: E402
from watcher.domain.facts import Cells  # noqa: E402
from watcher.domain.papers.citations import FEED, requests_for  # noqa: E402
from watcher.domain.papers.paper import Announcement, AnnounceType, Paper, PaperId  # noqa: E402
from watcher.domain.screening.measure import BELONGS  # noqa: E402
from watcher.domain.screening.triage import Line  # noqa: E402
from watcher.domain.summaries.cells import RowContent  # noqa: E402
from watcher.pipeline.intake import POLL  # noqa: E402
from watcher.pipeline.pipeline import Pipeline  # noqa: E402
from watcher.ports import Reading  # noqa: E402
from watcher.settings import Settings, load_settings  # noqa: E402
from watcher.upkeep.citations import cited_rows  # noqa: E402

BEGIN = date(2026, 6, 29)
PRICE = Price(0.25, 0.025, 2.00)
"""US dollars per million tokens of a small model: input, cached input, output."""

_ELSEWHERE = ("econ.GN",)
_PLACES = {"watched": 0.60, "elsewhere": 0.20, "late": 0.12, "journal": 0.08}
_FAULTS: tuple[tuple[int, bytes, dict[str, str]], ...] = (
    (401, NO_KEY, {}),
    (403, FORBIDDEN, {}),
    (429, TOO_MANY, {"Retry_After": "54000"}),
    (200, BOT_PAGE, {"Content_Type": "text/html"}),
    (503, b"", {}),
    (200, b'{"meta": {"count": 4}, "results": [{"id": "https://open', {}),
    (200, b"", {}),
    (200, b'{"data": {"papers": []}}', {}),
)


@dataclass(frozen=True)
class Placed:
    """A paper with where it appears, the day of its submission, and when a watched feed announces it."""

    paper: Paper
    place: str
    day: date
    announced: date | None
    cites: tuple[str, ...]
    belongs: bool


@dataclass
class Quarter:
    """What happens in the simulated weeks, drawn from a seed."""

    seed: int
    count: int
    rows: Sequence[PaperId]
    weeks: int = 13
    papers: list[Placed] = field(default_factory=list)

    def __post_init__(self) -> None:
        drawn = random.Random(self.seed)
        with gzip.open(STREAM, "rt", encoding="utf-8") as lines:
            every = {row["arxiv_id"]: row for row in map(json.loads, lines)}
        known = [native for native in every if _belongs(native)]
        belonging = drawn.sample(known, min(len(known), self.count // 2))
        others = drawn.sample([native for native in every if not _belongs(native)], self.count - len(belonging))
        self.papers = [self._placed(_paper(every[native]), drawn) for native in sorted([*belonging, *others])]

    def _placed(self, paper: Paper, drawn: random.Random) -> Placed:
        belongs = _belongs(paper.id.native)
        day = BEGIN + timedelta(days=drawn.randrange(self.weeks * 7 - 21))  # so that the last ones can be found too
        place = drawn.choices(list(_PLACES), list(_PLACES.values()))[0] if belongs else ""
        place = place or drawn.choices(["watched", "elsewhere"], [0.8, 0.2])[0]
        cites = drawn.random() < (0.70 if belongs else 0.10)
        cited = drawn.sample(list(self.rows), min(1 + int(drawn.expovariate(0.7)), 6)) if cites else []
        later = {"watched": 0, "late": drawn.randint(7, 42)}.get(place)
        announced = None if later is None else day + timedelta(days=later)
        return Placed(paper, place, day, announced, tuple(one.native for one in cited), belongs)

    def works(self) -> list[Work]:
        """What the services know, and when."""
        drawn, found = random.Random(self.seed + 1), list[Work]()
        for one in self.papers:
            scholar = drawn.randint(3, 14) if drawn.random() < 0.92 else None
            alex = drawn.randint(7, 40) if drawn.random() < 0.75 else None
            if one.cites:
                native = "" if one.place == "journal" else one.paper.id.native
                found.append(Work(native, one.day, one.cites, _after(one.day, scholar), _after(one.day, alex)))
        return found

    def feed(self, day: date) -> list[Announcement]:
        """What the watched feed announces on a day (Monday also the weekend's)."""
        days = {day, *({day - timedelta(days=1), day - timedelta(days=2)} if day.weekday() == 0 else ())}
        kinds = {"watched": AnnounceType.NEW, "late": AnnounceType.CROSS}
        return [
            Announcement(replace(one.paper, categories=("cs.AI",), published=one.day), kinds[one.place], "cs.AI", day)
            for one in self.papers
            if one.announced in days
        ]

    def records(self) -> list[dict[str, object]]:
        """What arXiv's search API knows."""
        return [
            {
                "arxiv_id": one.paper.id.native,
                "title": one.paper.title,
                "abstract": one.paper.abstract,
                "authors": list(one.paper.authors),
                "categories": ["cs.AI"] if one.place == "watched" else list(_ELSEWHERE),
                "published": one.day.isoformat() + "T00:00:00Z",
            }
            for one in self.papers
            if one.place != "journal"
        ]


class Reader(LabelReader):
    """A model that knows the labels of the quarter's papers. Any other line is one of the papers hidden in its questions,
    which belong.
    """

    def known_from(self, quarter: Quarter) -> Self:
        """Prepare the lines of a quarter's papers; returns the model itself."""
        line = Line(self.topic)
        self._quarter = {line(one.paper.title, one.paper.abstract): one.belongs for one in quarter.papers}
        return self

    def _names(self, line: str) -> bool:
        vain = random.Random(f"{self.seed} {line}").random() < self.vain
        return self._quarter.get(line, True) or vain


class DailyFeed:
    """The watched feed (implements ports.Source)."""

    name = "arXiv"

    def __init__(self, quarter: Quarter) -> None:
        self._quarter = quarter
        self.day = BEGIN

    def read(self) -> Iterable[Reading]:
        """The day's announcements."""
        return [Reading("cs.AI", tuple(self._quarter.feed(self.day)), announced_on=self.day)]


@dataclass
class Played:
    """What became of a quarter: cards by paper with the time they were ready, what a feed and what citations found, requests
    by week and service, and the model.
    """

    ready: dict[str, datetime]
    fed: set[str]
    cited: set[str]
    taken_in: set[str]
    doubles: int
    requests: dict[int, Counter[str]]
    lookups: int
    model: LabelReader

    def lost(self, quarter: Quarter) -> set[str]:
        """The papers that a service named, arXiv has, and that are no candidates."""
        named = {f"arxiv:{one.paper.id.native}" for one in quarter.papers if one.place != "journal"} & self.cited
        return named - self.fed - self.taken_in


def play(quarter: Quarter, settings: Settings, services: CitationServices, arxiv: ArxivApi, faults: float) -> Played:
    """Run every weekday of the quarter."""
    topic = settings.topics[0]
    feed, moment = DailyFeed(quarter), [datetime.now(UTC)]
    model = Reader(topic, missed=0, vain=0.03).known_from(quarter)
    watcher = Watcher(settings, sources=[feed], model=model, clock=lambda: moment[0], enrichers=())
    deps = watcher.pipeline.deps
    net = make_citation_net(settings, deps.document_of, watcher.metadata, watcher.store)
    pipeline, drawn = Pipeline(replace(deps, cite=net)), random.Random(quarter.seed + 2)
    asked: dict[int, Counter[str]] = defaultdict(Counter)
    for number in range(quarter.weeks * 7):
        day = BEGIN + timedelta(days=number)
        if day.weekday() > 4:
            continue
        moment[0] = datetime.combine(day, time(5), UTC)
        feed.day = services.today = day
        for name in services.faults:
            services.faults[name].clear()
            if drawn.random() < faults:
                status, body, headers = drawn.choice(_FAULTS)
                services.fail(name, status, body, 1, **headers)
        before = len(services.asked)
        pipeline.run(f"run-{day}", POLL, now=moment[0])
        asked[number // 7].update(one.service for one in services.asked[before:])
    found = _outcome(watcher, asked, len(arxiv.asked), model)
    watcher.close()
    return found


def _outcome(watcher: Watcher, asked: dict[int, Counter[str]], lookups: int, model: LabelReader) -> Played:
    news = [kind.value for kind in AnnounceType if kind.is_news]
    announced = sa.select(t.paper_versions.c.paper).join(
        t.announcements, t.announcements.c.paper_version == t.paper_versions.c.id
    )
    ready = sa.select(t.candidates.c.paper, t.summaries.c.at).join(
        t.summaries, t.summaries.c.candidate == t.candidates.c.number
    )
    with watcher.store.database.read() as connection:
        papers = list(connection.scalars(sa.select(t.candidates.c.paper)))
        return Played(
            {row.paper: row.at for row in connection.execute(ready)},
            set(connection.scalars(announced.where(t.announcements.c.announce_type.in_(news)))),
            set(connection.scalars(sa.select(t.citations.c.paper))),
            set(connection.scalars(announced.where(t.announcements.c.feed == FEED))),
            len(papers) - len(set(papers)),
            asked,
            lookups,
            model,
        )


def _belongs(native: str) -> bool:
    return levels().get(f"arxiv:{native}", 0) >= BELONGS


def _paper(row: Mapping[str, Any]) -> Paper:
    """A line of the papers as a source would give it."""
    title, abstract = row["title"], row["abstract"]
    return Paper(
        id=PaperId("arxiv", row["arxiv_id"]),
        version=1,
        title_raw=title,
        abstract_raw=abstract,
        authors_raw=", ".join(row["authors"]),
        title=readable(title),
        abstract=readable(abstract),
        authors=tuple(row["authors"]),
        categories=tuple(row["categories"]),
        url=f"https://arxiv.org/abs/{row['arxiv_id']}",
    )


def _after(day: date, days: int | None) -> date | None:
    return None if days is None else day + timedelta(days=days)


def _catalog(path: Path, rows: int) -> list[PaperId]:
    """The seed's catalog with rows added until so many name an arXiv paper."""
    shutil.copyfile(ROOT / "tests" / "data" / "catalog" / "catalog.md", path)
    document = MarkdownCatalog(path, "Watcher", "watcher@example.org")
    known = list(cited_rows(document))
    at = datetime.combine(BEGIN, time(), UTC)
    for number in range(1, rows - len(known) + 1):
        paper = PaperId("arxiv", f"2401.{number:05}")
        title = f"A Study of Things, Part {number}"
        cells = Cells(title, "概要。" * 30, "Ada Lovelace", "2024", "世界モデル", "arXiv", "低")
        document.add(RowContent(paper, cells, f"https://arxiv.org/abs/{paper.native}"), at)
    return sorted(cited_rows(document))[:rows]


def _tell(quarter: Quarter, played: Played) -> None:
    """What each net found, by where papers appeared."""
    print("belonging papers   in all  feed alone  citations alone  both  neither  days to the card")
    totals: Counter[str] = Counter()
    for place in _PLACES:
        some = [one for one in quarter.papers if one.belongs and one.place == place]
        counts: Counter[str] = Counter()
        days = list[int]()
        for one in some:
            key = str(one.paper.id)
            net = {(True, False): "feed", (False, True): "citations", (True, True): "both"}.get(
                (key in played.fed, key in played.cited), "neither"
            )
            counts[net] += 1
            if key in played.ready:
                days.append((played.ready[key].date() - one.day).days)
        totals += counts
        print(
            f"{place:17}  {len(some):6}  {counts['feed']:10}  {counts['citations']:15}  {counts['both']:4}  "
            f"{counts['neither']:7}  {f'median {median(days):g}, at most {max(days)}' if days else '-'}"
        )
    on_arxiv = sum(one.belongs and one.place != "journal" for one in quarter.papers)
    first, second, both = totals["feed"] + totals["both"], totals["citations"] + totals["both"], totals["both"]
    chapman = (first + 1) * (second + 1) / (both + 1) - 1
    print(
        f"found {first + totals['citations']} of {on_arxiv} on arXiv; estimated from the overlap (Chapman): {chapman:.0f}"
    )


@dataclass
class Stage:
    """Services, arXiv and a catalog, on which quarters are played with the second net and without it."""

    folder: Path
    services: CitationServices
    arxiv: ArxivApi
    quarter: Quarter

    @classmethod
    def of(
        cls,
        folder: Path,
        services: CitationServices,
        arxiv: ArxivApi,
        *,
        rows: int,
        seed: int,
        count: int,
        weeks: int = 13,
    ) -> Self:
        """Prepare what the services say of a quarter, drawn as Quarter says."""
        named = _catalog(folder / "catalog.md", rows)
        quarter = Quarter(seed, count, named, weeks)
        services.works = quarter.works()
        services.older = {named[0].native: 6000, named[1].native: 1500}
        arxiv.records = {str(record["arxiv_id"]): record for record in quarter.records()}
        return cls(folder, services, arxiv, quarter)

    def play(self, citations: int, faults: float) -> Played:
        """Play the quarter with a number of citing papers a week, 0 for none."""
        config = self.folder / str(citations) / "config"
        shutil.copytree(ROOT / "config", config)
        topic = config / "topics" / "llm-x-world-models.toml"
        text = topic.read_text(encoding="utf-8").replace("citations = 100", f"citations = {citations}")
        topic.write_text(text, encoding="utf-8")
        values = {"WATCHER_CONFIG": str(config), "WATCHER_DATA": str(config.parent / "data"), "S2_API_KEY": "key"}
        values |= dict.fromkeys(("WATCHER_S2_URL", "WATCHER_OPENALEX_URL"), self.services.url)
        values |= {"WATCHER_CATALOG": str(self.folder / "catalog.md"), "WATCHER_ARXIV_API_URL": self.arxiv.url}
        vars(service)["_PAUSE"] = 0.0
        return play(self.quarter, load_settings(values), self.services, self.arxiv, faults)


def _tell_cost(played: Played, alone: Played) -> None:
    """What the second net adds to judgement."""
    for stage in ("triage", "score", "summarize", "verify"):
        ours, theirs = (one.model.stages.get(stage, Sent()) for one in (played, alone))
        calls, chars = ours.calls - theirs.calls, ours.chars - theirs.chars
        print(f"added to {stage}: {calls:+} questions, {chars:+,} characters in the quarter")
    price = alone.model.cost(PRICE)
    added = played.model.cost(PRICE) - price
    weeks = len(played.requests)
    print(f"added cost: ${added:.3f} in the quarter, ${added / weeks:.4f} a week (${price:.3f} without)")


def main() -> int:
    """Play the quarter with the second net and without it, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=4000)
    parser.add_argument("--rows", type=int, default=30)
    parser.add_argument("--faults", type=float, default=0.0, help="the part of the days on which a service fails")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, CitationServices() as services, ArxivApi([]) as arxiv:
        stage = Stage.of(Path(name), services, arxiv, rows=given.rows, seed=given.seed, count=given.papers)
        quarter, played = stage.quarter, stage.play(100, given.faults)
        alone = stage.play(0, given.faults)
    print(
        f"seed {given.seed}: {len(quarter.papers)} papers in {quarter.weeks} weeks, {given.rows} rows, faults {given.faults:g}"
    )
    _tell(quarter, played)
    late = [str(one.paper.id) for one in quarter.papers if one.belongs and one.place == "late"]
    sooner = [(alone.ready[key] - played.ready[key]).days for key in late if key in alone.ready and key in played.ready]
    if sooner:
        earlier = sum(days > 0 for days in sooner)
        print(f"cross-listed late: {earlier} of {len(sooner)} found earlier, in the median {median(sooner):g} days")
    weeks, allowed = [sum(counts.values()) for counts in played.requests.values()], requests_for(given.rows)
    each = {name: max(counts[name] for counts in played.requests.values()) for name in ("s2", "openalex")}
    print(
        f"requests a week: at most {max(weeks)} (allowed {allowed}), mean {sum(weeks) / len(weeks):.1f}; at most {each}"
    )
    print(f"requests to arXiv's search API in the quarter: {played.lookups}; papers taken in: {len(played.taken_in)}")
    _tell_cost(played, alone)
    lost = played.lost(quarter)
    print(f"doubles: {played.doubles}; named by a service and not taken in: {len(lost)}")
    return int(max(weeks) > allowed or bool(played.doubles) or bool(lost))


if __name__ == "__main__":
    sys.exit(main())
