"""config/ and the environment -> frozen Settings; every problem is listed, not only the first."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from watcher.domain.errors import ConfigError
from watcher.domain.topic import Topic
from watcher.settings.environment import Environment
from watcher.settings.reading import read_model, read_toml
from watcher.settings.topics import read_topic
from watcher.settings.values import Schedule, Values

__all__ = [
    "DATABASE_FILE",
    "DEFAULT_DATA",
    "Environment",
    "Schedule",
    "Settings",
    "Values",
    "config_folder",
    "load_settings",
]

DEFAULT_DATA = Path("var")
DATABASE_FILE = "watcher.db"


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
        return self.env.DATABASE_URL or self.data / DATABASE_FILE

    @property
    def has_crew(self) -> bool:
        """Whether several processes share the work, by the environment before the file."""
        return (self.env.WATCHER_ENGINE or self.values.engine.kind) == "procrastinate"

    @property
    def catalog(self) -> Path:
        """The Markdown file that approved papers extend; of several topics' files the first's."""
        return self.catalog_of(self.topics[0]) if self.topics else self.data / "catalog.md"

    def catalog_of(self, topic: Topic) -> Path:
        """A topic's catalog: WATCHER_CATALOG for all, else the file it names, in the data folder unless absolute."""
        return (
            Path(self.env.WATCHER_CATALOG) if self.env.WATCHER_CATALOG else self.data / (topic.catalog or "catalog.md")
        )

    @property
    def slack_ready(self) -> bool:
        """Whether cards go to Slack; otherwise to the web desk."""
        return bool(self.env.SLACK_BOT_TOKEN or self.many_workspaces)

    @property
    def many_workspaces(self) -> bool:
        """Whether workspaces install the app by themselves."""
        return bool(self.env.SLACK_OAUTH_CLIENT_ID)

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
    here, package = Path("config"), Path(__file__).parents[1]
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
    values = read_model(Values, read_toml(folder / "watcher.toml", problems), "watcher.toml", problems) or Values()
    env = read_model(Environment, environ, "environment", problems) or Environment()
    topics = tuple(
        replace(topic, channel=env.SLACK_CHANNEL or topic.channel)
        for path in sorted((folder / "topics").glob("*.toml"))
        if (topic := read_topic(path, problems)) is not None
    )
    if not topics and not problems:
        problems.append(f"{folder / 'topics'}: no topic file (*.toml); add one or set WATCHER_CONFIG")
    if problems:
        raise ConfigError("\n".join(problems))
    data = Path(env.WATCHER_DATA or DEFAULT_DATA)
    return Settings(config=folder, data=data, env=env, values=values, topics=topics)
