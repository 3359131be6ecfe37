"""Pydantic schema of config/watcher.toml, with one class for each table of the file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from watcher.settings.mistakes import fields_at, suggestion

M = TypeVar("M", bound=BaseModel)

_OLD_KEYS = {
    "screen.retrain_after": "prefilters do not learn from decisions any more; remove the line",
    "score.tier": "the flex tier is gone; remove the line",
    "engine": '[engine] is now called [workers], and its kind is now called queue: "none" for "embedded", '
    '"postgresql" for "procrastinate"',
    "workers.kind": 'kind is now called queue: "none" for "embedded", "postgresql" for "procrastinate"',
}
"""Keys of versions before 0.1.0, with what to do about them."""


class Strict(BaseModel):
    """Base class of the configuration schemas: immutable, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def read_toml(path: Path, problems: list[str]) -> dict[str, Any]:
    """Read a TOML file. If it cannot be read or parsed, the result is empty and an error message is appended to
    `problems`.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(f"{path}: cannot be read ({error.strerror}); set WATCHER_CONFIG to the configuration folder")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path}: not TOML: {error}")
    return {}


def read_model(kind: type[M], values: Mapping[str, Any], about: str, problems: list[str]) -> M | None:
    """Validate a table of a configuration file with a Pydantic model. If it is invalid, return None and append an error
    message for each mistake, beginning with `about`, to `problems`.
    """
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        problems.extend(_problem(kind, found, about) for found in error.errors())
        return None


def _problem(kind: type[BaseModel], found: ErrorDetails, about: str) -> str:
    """One line for a mistake that Pydantic found, with what was probably meant."""
    key = ".".join(str(part) for part in found["loc"])
    said = found["msg"]
    if found["type"] == "extra_forbidden":
        said = f"no such key{suggestion(str(found['loc'][-1]), fields_at(kind, found['loc'][:-1]))}"
    elif found["type"] == "string_pattern_mismatch" and found.get("ctx", {}).get("pattern", "").startswith("^https?"):
        said = "is no URL; it must begin with http:// or https://"
    return f"{about}: {key}: {_OLD_KEYS.get(key, said)}"


_EMOJI = re.compile(r"[a-z0-9_+'-]{1,100}")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):[0-5]\d")


class Schedule(Strict):
    """Settings [schedule]: when feeds are polled, and when digests and reports are posted. See the comments in
    config/watcher.toml.
    """

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
    """Settings [sources.arxiv]: `feeds` are files, folders, URLs or category queries to read instead of one feed of all
    watched categories; `holidays` are days without announcements.
    """

    feeds: tuple[str, ...] = ()
    holidays: tuple[date, ...] = ()


class Sources(Strict):
    """Settings [sources], which holds a table for each service that announces papers."""

    arxiv: Arxiv = Arxiv()


class ScreenSettings(Strict):
    """Settings [screen]: the kind of classifier that screens announced papers, and the share of papers (0–1) it passes
    on to be scored by the model at once.

    `triage` says whether the model looks at all other papers, by one line of text each, or at none. `triage_batch` is
    the number of lines in one request.
    """

    prefilter: str = "learned"
    share: float = Field(default=0.10, gt=0, le=1)
    triage: Literal["all", "none"] = "all"
    triage_batch: int = Field(default=100, ge=40, le=200)


class ScoreSettings(Strict):
    """Settings [score]: the model that scores papers, how many papers go into one request, and how many characters of
    each abstract.
    """

    model: str = ""
    batch_size: int = Field(default=15, ge=1, le=50)
    abstract_chars: int = Field(default=800, ge=200)
    papers_per_run: int | None = Field(default=400, ge=1)
    examples: int = Field(default=4, ge=0, le=12)
    concurrency: int = Field(default=4, ge=1, le=64)


class AuditSettings(Strict):
    """Settings [audit]: how many papers that screening rejected are shown to curators each week, to measure what is
    missed; 0 for none.
    """

    per_week: int = Field(default=10, ge=0, le=100)


class SummarizeSettings(Strict):
    """Settings [summarize]: the model that writes summaries, and how many of its requests are made at once."""

    model: str = ""
    concurrency: int = Field(default=4, ge=1, le=64)


Price = tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]]
"""US dollars per million tokens: input, cached input, output."""


class Llm(Strict):
    """Settings [llm]: how the model server is asked. `prices` are US dollars per million tokens (input, cached input,
    output) by model. Rate limits per minute are shared by all processes; None is no limit.
    """

    api: Literal["auto", "chat", "responses"] = "auto"
    timeout_seconds: float = Field(default=120, gt=0)
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)
    prices: dict[str, Price] = Field(default_factory=dict)


class BudgetSettings(Strict):
    """Settings [budget]: caps on the model's use in one day (Tokyo time), in tokens (input and output together) and in
    US dollars; None is no cap.

    `answer_tokens` limits the length of every answer, so that the cost of a call has an upper bound before it is made.
    """

    daily_tokens: int | None = Field(default=None, ge=1)
    daily_usd: float | None = Field(default=None, gt=0)
    answer_tokens: int = Field(default=8000, ge=500)


class ReactionSettings(Strict):
    """Settings [slack.reactions]: for each verdict the Slack names of the emoji by which a curator gives it, as a
    reaction to a paper's message; an empty list for none. Skin tones make no difference.
    """

    approve: tuple[str, ...] = ("white_check_mark",)
    reject: tuple[str, ...] = ("x",)
    later: tuple[str, ...] = ("clock3",)

    @field_validator("approve", "reject", "later")
    @classmethod
    def _are_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        bare = tuple(name.strip().strip(":") for name in names)
        if wrong := [name for name in bare if not _EMOJI.fullmatch(name)]:
            raise ValueError(f"not Slack's name of an emoji: {wrong[0]!r}; write e.g. white_check_mark")
        return bare

    @model_validator(mode="after")
    def _mean_one_thing(self) -> Self:
        names = [*self.approve, *self.reject, *self.later]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"an emoji stands for one verdict: {min(twice)}")
        return self


class Slack(Strict):
    """Settings [slack]: the curators, that is who may decide about papers in Slack, as user ids or as a user group.

    If both are empty, every member of the team who sees the channel may decide, but no guests and nobody of another
    company. `approvals` is how many curators must agree, also on the web pages. Papers undecided for
    `remind_after_days` are listed once a day (0 for never). Of a day's papers, those beyond `cards_in_channel` go to
    the digest's thread.
    """

    reactions: ReactionSettings = ReactionSettings()

    curators: frozenset[str] = frozenset()
    curator_group: str = Field(default="", pattern=r"^(S[A-Z0-9]+)?$")
    approvals: int = Field(default=1, ge=1, le=5)
    remind_after_days: int = Field(default=3, ge=0, le=365)
    cards_in_channel: int = Field(default=15, ge=1, le=100)


class DigestSettings(Strict):
    """Settings [digest]: what is posted on a day without new papers: a full digest, a brief one, or nothing. A day on
    which something failed always gets a full digest.
    """

    quiet: Literal["post", "brief", "skip"] = "post"


class WorkerSettings(Strict):
    """Settings [workers]: whether one process does all work (queue `none`) or several share it through a job queue in
    PostgreSQL.

    `concurrency` is how many model calls a worker makes at once, `topics_at_once` how many topics are processed in
    parallel, divided evenly between Slack workspaces.
    """

    queue: Literal["none", "postgresql"] = "none"
    concurrency: int = Field(default=4, ge=1, le=32)
    topics_at_once: int = Field(default=32, ge=1, le=256)


class RetentionSettings(Strict):
    """Settings [retention]: after how many days prompts sent to models, and abstracts that are no longer needed, are
    deleted from the database; None for never.
    """

    questions_days: int | None = Field(default=None, ge=30)
    abstracts_days: int | None = Field(default=None, ge=90)


class AlarmSettings(Strict):
    """Settings [alarms]: the Slack channel for messages to the operator (empty: that of digests), the time (Tokyo) by
    which a day's papers must have arrived, and for how many minutes a stage may fail before an alarm is posted.
    """

    channel: str = ""
    no_news_at: time = time(20)
    after_minutes: int = Field(default=60, ge=5)


class Web(Strict):
    """Settings [web]: the host and port on which the web pages are served."""

    host: str = "127.0.0.1"
    port: int = Field(default=8765, ge=0, le=65535)


class CatalogSettings(Strict):
    """Settings [catalog]: the author of the git commits of the catalog, and whether and where they are pushed."""

    author_name: str = "literature-watcher"
    author_email: str = "literature-watcher@localhost"
    push: Literal["never", "direct", "pull-request"] = "never"
    remote: str = Field(default="origin", pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")
    branch: str = Field(default="", pattern=r"^([A-Za-z0-9][A-Za-z0-9._/-]*)?$")
    github: str = Field(default="", pattern=r"^([A-Za-z0-9-]+/[A-Za-z0-9._-]+)?$")


class StateSettings(Strict):
    """Settings [state]: the branch, in the catalog's git repository, on which scheduled runs share their database as a
    file; empty if the database stays on this machine.
    """

    branch: str = Field(default="", pattern=r"^([A-Za-z0-9][A-Za-z0-9._/-]*)?$")


class AttentionLevel(Strict):
    """Thresholds of a level of attention ([enrich.middle] or [enrich.high]): a paper that reaches any one of these
    numbers of citations a year, upvotes or GitHub stars has this level.
    """

    citations_per_year: float = Field(gt=0)
    upvotes: int = Field(ge=1)
    stars: int = Field(ge=1)


class EnrichSettings(Strict):
    """Settings [enrich]: the services that are asked where papers were published and how much they are noticed, and the
    thresholds of the levels of attention.
    """

    services: frozenset[Literal["semantic-scholar", "hugging-face", "github", "openalex", "crossref"]] = frozenset(
        {"semantic-scholar", "hugging-face", "crossref"}
    )
    middle: AttentionLevel = AttentionLevel(citations_per_year=10, upvotes=20, stars=200)
    high: AttentionLevel = AttentionLevel(citations_per_year=100, upvotes=100, stars=2000)
    margin: float = Field(default=0.2, ge=0, lt=1)


class Values(Strict):
    """Schema of the whole of config/watcher.toml."""

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
    workers: WorkerSettings = WorkerSettings()
    catalog: CatalogSettings = CatalogSettings()
    state: StateSettings = StateSettings()
    enrich: EnrichSettings = EnrichSettings()
