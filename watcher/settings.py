"""config/ and the environment -> frozen Settings; every problem is listed, not only the first."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from watcher.domain.errors import ConfigError
from watcher.domain.paper import AnnounceType
from watcher.domain.topic import KeywordGroup, Topic

M = TypeVar("M", bound=BaseModel)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):[0-5]\d")


class _Strict(BaseModel):
    """A misspelt key is an error that names the file and the key."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Schedule(_Strict):
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

    @field_validator("digest_at", "reconcile_at")
    @classmethod
    def _is_a_time(cls, value: str) -> str:
        if not _CLOCK.fullmatch(value):
            raise ValueError("write a time of day as HH:MM")
        return value


class Arxiv(_Strict):
    """arXiv's feeds: files, folders, URLs or category queries; empty means all watched categories in one feed."""

    feeds: tuple[str, ...] = ()
    holidays: tuple[date, ...] = ()


class Sources(_Strict):
    """One table per source."""

    arxiv: Arxiv = Arxiv()


class ScreenSettings(_Strict):
    """The prefilter's name in adapters/prefilters."""

    prefilter: str = "keywords"


class ScoreSettings(_Strict):
    """How candidates are put to the model."""

    model: str = ""
    batch_size: int = Field(default=10, ge=1, le=50)
    papers_per_run: int | None = Field(default=400, ge=1)
    concurrency: int = Field(default=4, ge=1, le=64)


class SummarizeSettings(_Strict):
    """How summaries are asked for."""

    model: str = ""
    concurrency: int = Field(default=4, ge=1, le=64)


Price = tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]]


class Llm(_Strict):
    """The model server; prices are US dollars per million tokens (input, cached input, output)."""

    timeout_seconds: float = Field(default=120, gt=0)
    prices: dict[str, Price] = {}


class Slack(_Strict):
    """Who may decide in Slack; empty means everyone who sees the channel."""

    curators: frozenset[str] = frozenset()


class Web(_Strict):
    """Where the web desk listens."""

    host: str = "127.0.0.1"
    port: int = Field(default=8765, ge=0, le=65535)


class CatalogSettings(_Strict):
    """Whose name stands in the catalog's commits."""

    author_name: str = "literature-watcher"
    author_email: str = "literature-watcher@localhost"


Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+")]


class Environment(BaseModel):
    """What comes from the environment alone, and what goes before the files. Values are never printed."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    DATABASE_URL: str = ""
    OPENAI_API_KEY: str = Field(default="", repr=False)
    OPENAI_BASE_URL: Url = "https://api.openai.com/v1"
    WATCHER_MODEL: str = ""
    SLACK_BOT_TOKEN: str = Field(default="", repr=False)
    SLACK_APP_TOKEN: str = Field(default="", repr=False)
    SLACK_API_URL: Url = "https://slack.com/api/"
    SLACK_CHANNEL: str = ""
    WATCHER_CATALOG: str = ""
    WATCHER_CONTACT: str = ""
    WATCHER_ARXIV_RSS_URL: Url = "https://rss.arxiv.org/rss/"
    WATCHER_BIORXIV_URL: Url = "https://connect.biorxiv.org/biorxiv_xml.php"
    WATCHER_ARXIV_OAI_URL: Url = "https://oaipmh.arxiv.org/oai"
    WATCHER_ARXIV_API_URL: Url = "https://export.arxiv.org/api/query"
    WATCHER_WEB_HOSTS: str = ""
    WATCHER_WEB_SECRET: str = Field(default="", repr=False, min_length=12)
    PORT: int | None = Field(default=None, ge=0, le=65535)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_unset(cls, values: Any) -> Any:
        return {key: value for key, value in dict(values).items() if value != ""}


class Values(_Strict):
    """config/watcher.toml."""

    schedule: Schedule = Schedule()
    sources: Sources = Sources()
    screen: ScreenSettings = ScreenSettings()
    score: ScoreSettings = ScoreSettings()
    summarize: SummarizeSettings = SummarizeSettings()
    llm: Llm = Llm()
    slack: Slack = Slack()
    web: Web = Web()
    catalog: CatalogSettings = CatalogSettings()


class Group(_Strict):
    """A keyword group of a topic file."""

    name: str = Field(min_length=1)
    priority: int = Field(ge=0, le=9)
    keywords: tuple[Annotated[str, Field(min_length=2)], ...] = Field(min_length=1)


class TopicFile(_Strict):
    """config/topics/<slug>.toml; its criteria stand in <slug>.md."""

    title: str = Field(min_length=1)
    channel: str = ""
    categories: frozenset[str] = Field(min_length=1)
    announce: frozenset[AnnounceType] = Field(min_length=1)
    post_at: int = Field(ge=0, le=4)
    fold_at: int = Field(ge=0, le=4)
    groups: tuple[Group, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _fold_lies_below(self) -> Self:
        if self.fold_at > self.post_at:
            raise ValueError("fold_at may not be above post_at")
        return self


class Settings(BaseModel):
    """Everything the composition root needs. `config` and `data` are folders."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    config: Path
    data: Path
    env: Environment
    values: Values
    topics: tuple[Topic, ...]

    @property
    def database(self) -> str | Path:
        """The database: the environment's URL, else a file in the data folder."""
        return self.env.DATABASE_URL or self.data / "watcher.db"

    @property
    def catalog(self) -> Path:
        """The Markdown file that approved papers extend."""
        return Path(self.env.WATCHER_CATALOG) if self.env.WATCHER_CATALOG else self.data / "catalog.md"

    @property
    def slack_ready(self) -> bool:
        """Whether cards go to Slack; otherwise to the web desk."""
        return bool(self.env.SLACK_BOT_TOKEN)

    @property
    def channel(self) -> str:
        """The Slack channel of cards and digests."""
        return self.env.SLACK_CHANNEL or next((topic.channel for topic in self.topics if topic.channel), "")

    @property
    def web_hosts(self) -> tuple[str, ...]:
        """The names beside loopback's under which the web desk may be reached (WATCHER_WEB_HOSTS, comma-separated)."""
        return tuple(host.strip() for host in self.env.WATCHER_WEB_HOSTS.split(",") if host.strip())

    def model_for(self, stage: str) -> str:
        """The model id of a stage: the environment's before the file's; none is built in."""
        values = {"score": self.values.score.model, "summarize": self.values.summarize.model}
        return self.env.WATCHER_MODEL or values[stage]


def config_folder(environ: Mapping[str, str] | None = None) -> Path:
    """WATCHER_CONFIG, else ./config, else the configuration that was installed with the package."""
    named = (os.environ if environ is None else environ).get("WATCHER_CONFIG")
    if named:
        return Path(named)
    here, package = Path("config"), Path(__file__).parent
    if (here / "watcher.toml").is_file():
        return here
    installed = package / "config"
    return installed if installed.is_dir() else package.parent / "config"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Load and check everything; contacts nothing.

    Raises ConfigError listing every problem found, one a line.
    """
    environ = os.environ if environ is None else environ
    folder = config_folder(environ)
    problems: list[str] = []
    values = _model(Values, _toml(folder / "watcher.toml", problems), "watcher.toml", problems) or Values()
    env = _model(Environment, environ, "environment", problems) or Environment()
    topics = tuple(
        topic for path in sorted((folder / "topics").glob("*.toml")) if (topic := _topic(path, problems)) is not None
    )
    if not topics and not problems:
        problems.append(f"{folder / 'topics'}: no topic file (*.toml); add one or set WATCHER_CONFIG")
    if problems:
        raise ConfigError("\n".join(problems))
    data = Path(environ.get("WATCHER_DATA") or "var")
    return Settings(config=folder, data=data, env=env, values=values, topics=topics)


def _toml(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(f"{path}: cannot be read ({error.strerror}); set WATCHER_CONFIG to the configuration folder")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path}: not TOML: {error}")
    return {}


def _model(kind: type[M], values: Mapping[str, Any], about: str, problems: list[str]) -> M | None:
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        problems.extend(
            f"{about}: {'.'.join(str(part) for part in found['loc'])}: {found['msg']}" for found in error.errors()
        )
        return None


def _topic(path: Path, problems: list[str]) -> Topic | None:
    parsed = _model(TopicFile, _toml(path, problems), f"topics/{path.name}", problems)
    criteria = path.with_suffix(".md")
    if not criteria.is_file():
        problems.append(f"topics/{criteria.name}: missing; write there what belongs to the topic")
        return None
    if parsed is None:
        return None
    return Topic(
        slug=path.stem,
        title=parsed.title,
        categories=parsed.categories,
        announce=parsed.announce,
        post_at=parsed.post_at,
        fold_at=parsed.fold_at,
        groups=tuple(KeywordGroup(g.name, g.priority, g.keywords) for g in parsed.groups),
        criteria=criteria.read_text(encoding="utf-8").strip(),
        channel=parsed.channel,
    )
