"""config/watcher.toml -> Values, table by table."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Annotated, Literal

from pydantic import Field, field_validator

from watcher.settings.reading import Strict

_CLOCK = re.compile(r"([01]?\d|2[0-3]):[0-5]\d")


class Schedule(Strict):
    """When runs and digests fire; see config/watcher.toml."""

    poll_days: str = "mon,tue,wed,thu,fri"
    poll_hours: str = "0-7"
    poll_minutes: str = "10,40"
    window_hours: int = Field(default=7, ge=1, le=24)
    settled_hours: float = Field(default=7, gt=0, le=24)
    reconcile_days: str = "sun,mon,tue,wed,thu"
    reconcile_at: str = "22:45"
    digest_days: str = "*"
    digest_at: str = "09:00"
    weekly_day: str = "mon"
    weekly_at: str = "09:30"
    refresh_day: str = "sun"
    refresh_at: str = "18:00"

    @field_validator("digest_at", "reconcile_at", "weekly_at", "refresh_at")
    @classmethod
    def _is_a_time(cls, value: str) -> str:
        if not _CLOCK.fullmatch(value):
            raise ValueError("write a time of day as HH:MM")
        return value


class Arxiv(Strict):
    """arXiv's feeds: files, folders, URLs or category queries; empty means all watched categories in one feed."""

    feeds: tuple[str, ...] = ()
    holidays: tuple[date, ...] = ()


class Sources(Strict):
    """One table per source."""

    arxiv: Arxiv = Arxiv()


class ScreenSettings(Strict):
    """Who screens: a preset of adapters/prefilters, the share of papers it is to let through, and after how many new
    decisions it is trained again (0: never by itself).
    """

    prefilter: str = "learned"
    share: float = Field(default=0.10, gt=0, le=1)
    retrain_after: int = Field(default=20, ge=0)


class ScoreSettings(Strict):
    """How candidates are put to the model."""

    model: str = ""
    batch_size: int = Field(default=15, ge=1, le=50)
    abstract_chars: int = Field(default=800, ge=200)
    papers_per_run: int | None = Field(default=400, ge=1)
    examples: int = Field(default=4, ge=0, le=12)
    concurrency: int = Field(default=4, ge=1, le=64)


class AuditSettings(Strict):
    """How many papers that were screened out go to curators a week all the same; 0: none."""

    per_week: int = Field(default=10, ge=0, le=100)


class SummarizeSettings(Strict):
    """How summaries are asked for."""

    model: str = ""
    concurrency: int = Field(default=4, ge=1, le=64)


Price = tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]]


class Llm(Strict):
    """The model server; prices are US dollars per million tokens (input, cached input, output). Its limits a minute are
    kept by all processes together; None is no limit.
    """

    api: Literal["auto", "chat", "responses"] = "auto"
    timeout_seconds: float = Field(default=120, gt=0)
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)
    prices: dict[str, Price] = Field(default_factory=dict)


class BudgetSettings(Strict):
    """What a day (in Tokyo) may take at most: tokens sent and written, US dollars; None is no cap.

    `answer_tokens` bounds every answer, so that no question can take more than was set aside for it.
    """

    daily_tokens: int | None = Field(default=None, ge=1)
    daily_usd: float | None = Field(default=None, gt=0)
    answer_tokens: int = Field(default=8000, ge=500)


class Slack(Strict):
    """Who may decide in Slack: people and the members of a user group; neither means everyone of the
    team who sees the channel, but no guest and nobody of another company.

    `approvals` is how many curators must agree, at whichever desk; after `remind_after_days` open cards are listed
    once a day (0: never); a day's cards beyond `cards_in_channel` go into the digest's thread.
    """

    curators: frozenset[str] = frozenset()
    curator_group: str = Field(default="", pattern=r"^(S[A-Z0-9]+)?$")
    approvals: int = Field(default=1, ge=1, le=5)
    remind_after_days: int = Field(default=3, ge=0, le=365)
    cards_in_channel: int = Field(default=15, ge=1, le=100)


class DigestSettings(Strict):
    """What a day with nothing to tell brings; a day on which something failed is never such a day."""

    quiet: Literal["post", "brief", "skip"] = "post"


class EngineSettings(Strict):
    """Who works: this process alone, or any number of workers that share PostgreSQL; how much one does at a time, and
    how many topics it goes through side by side, each workspace an even part of them.
    """

    kind: Literal["embedded", "procrastinate"] = "embedded"
    concurrency: int = Field(default=4, ge=1, le=32)
    topics_at_once: int = Field(default=32, ge=1, le=256)


class RetentionSettings(Strict):
    """After how many days texts are forgotten that no promise rests on; None: never."""

    questions_days: int | None = Field(default=None, ge=30)
    abstracts_days: int | None = Field(default=None, ge=90)


class AlarmSettings(Strict):
    """Where alarms go (empty: where digests go), when a day's papers must be there (Tokyo), and how long a stage may
    fail before it alarms.
    """

    channel: str = ""
    no_news_at: time = time(20)
    after_minutes: int = Field(default=60, ge=5)


class Web(Strict):
    """Where the web desk listens."""

    host: str = "127.0.0.1"
    port: int = Field(default=8765, ge=0, le=65535)


class CatalogSettings(Strict):
    """Whose name stands in the catalog's commits, and where they go."""

    author_name: str = "literature-watcher"
    author_email: str = "literature-watcher@localhost"
    push: Literal["never", "direct", "pull-request"] = "never"
    remote: str = Field(default="origin", pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")
    branch: str = Field(default="", pattern=r"^([A-Za-z0-9][A-Za-z0-9._/-]*)?$")
    github: str = Field(default="", pattern=r"^([A-Za-z0-9-]+/[A-Za-z0-9._-]+)?$")


class AttentionLevel(Strict):
    """From when on a figure speaks for a level; any one is enough."""

    citations_per_year: float = Field(gt=0)
    upvotes: int = Field(ge=1)
    stars: int = Field(ge=1)


class EnrichSettings(Strict):
    """The services that are asked for venues and figures, and what the figures make of the attention cell."""

    services: frozenset[Literal["semantic-scholar", "hugging-face", "github", "openalex"]] = frozenset(
        {"semantic-scholar", "hugging-face"}
    )
    middle: AttentionLevel = AttentionLevel(citations_per_year=10, upvotes=20, stars=200)
    high: AttentionLevel = AttentionLevel(citations_per_year=100, upvotes=100, stars=2000)
    margin: float = Field(default=0.2, ge=0, lt=1)


class Values(Strict):
    """config/watcher.toml."""

    schedule: Schedule = Schedule()
    sources: Sources = Sources()
    screen: ScreenSettings = ScreenSettings()
    score: ScoreSettings = ScoreSettings()
    audit: AuditSettings = AuditSettings()
    summarize: SummarizeSettings = SummarizeSettings()
    llm: Llm = Llm()
    digest: DigestSettings = DigestSettings()
    budget: BudgetSettings = BudgetSettings()
    slack: Slack = Slack()
    retention: RetentionSettings = RetentionSettings()
    alarms: AlarmSettings = AlarmSettings()
    web: Web = Web()
    engine: EngineSettings = EngineSettings()
    catalog: CatalogSettings = CatalogSettings()
    enrich: EnrichSettings = EnrichSettings()
