"""Loads the configuration folder and the environment variables into one immutable Settings object; all problems are
reported together.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from watcher.domain.catalog.shape import DEFAULT, Shape
from watcher.domain.errors import ConfigError
from watcher.domain.papers.topic import Topic
from watcher.settings.environment import OLD_NAMES, Environment
from watcher.settings.mistakes import unknown_variables
from watcher.settings.topics import feeds_of_one_name, read_topic
from watcher.settings.values import Schedule, Values, read_model, read_toml

__all__ = [
    "DATABASE_FILE",
    "DEFAULT_DATA",
    "Environment",
    "Schedule",
    "Settings",
    "Values",
    "config_folder",
    "load_settings",
    "shipped_folder",
]

DEFAULT_DATA = Path("var")
DATABASE_FILE = "watcher.db"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings of a deployment, from its configuration files and environment variables.

    `config` is the configuration folder, `data` the data folder (database, default catalog); `unknown` holds a message
    for each environment variable named like one of this program's that the program does not know.
    """

    config: Path
    data: Path
    env: Environment
    values: Values
    topics: tuple[Topic, ...]
    unknown: tuple[str, ...] = ()

    @property
    def database(self) -> str | Path:
        """Where the database is: the URL in DATABASE_URL, else the path of a SQLite file in the data folder."""
        return self.env.DATABASE_URL or self.data / DATABASE_FILE

    @property
    def is_distributed(self) -> bool:
        """Whether the deployment has several processes that share the work through a job queue."""
        return (self.env.WATCHER_QUEUE or self.values.workers.queue) == "postgresql"

    @property
    def catalog(self) -> Path:
        """The Markdown file to which approved papers are added. If topics write to different files, it is the first
        topic's.
        """
        return self.catalog_of(self.topics[0]) if self.topics else self.data / "catalog.md"

    def catalog_of(self, topic: Topic) -> Path:
        """The Markdown file to which a topic's approved papers are added: WATCHER_CATALOG if set, else the path in the
        topic's file, relative to the data folder.
        """
        return (
            Path(self.env.WATCHER_CATALOG) if self.env.WATCHER_CATALOG else self.data / (topic.catalog or "catalog.md")
        )

    def shape_of(self, path: Path) -> Shape:
        """The layout (table or bullets, columns, order) in which entries are written to a catalog file: as configured
        for the first topic that writes to this file, else the default table of seven columns.
        """
        learned = (topic.shape for topic in self.topics if topic.shape and self.catalog_of(topic) == path)
        return next(learned, DEFAULT)

    @property
    def slack_ready(self) -> bool:
        """Whether Slack is configured (by a bot token or as an app for several workspaces), so that papers are shown to
        curators there. Otherwise they are shown on the web pages only.
        """
        return bool(self.env.SLACK_BOT_TOKEN or self.many_workspaces)

    @property
    def takes_clicks(self) -> bool:
        """Whether Slack can deliver clicks on buttons, by Socket Mode or HTTP. Otherwise curators decide by emoji
        reactions alone.
        """
        return bool(self.env.SLACK_APP_TOKEN or self.env.SLACK_SIGNING_SECRET)

    @property
    def catalog_push(self) -> Literal["never", "direct", "pull-request"]:
        """Whether and how the catalog's commits are pushed: WATCHER_CATALOG_PUSH if set, else from watcher.toml."""
        return self.env.WATCHER_CATALOG_PUSH or self.values.catalog.push

    @property
    def state_branch(self) -> str:
        """The name of the git branch on which scheduled runs share their database as a file: WATCHER_STATE_BRANCH if
        set, else from watcher.toml; "" if the database stays on this machine.
        """
        return self.env.WATCHER_STATE_BRANCH or self.values.state.branch

    @property
    def many_workspaces(self) -> bool:
        """Whether the Slack app is set up for installation by several workspaces (OAuth)."""
        return bool(self.env.SLACK_OAUTH_CLIENT_ID)

    @property
    def channel(self) -> str:
        """The ID of the Slack channel to which papers and daily digests are posted: SLACK_CHANNEL, else the first
        channel of a topic; "" if there is none.
        """
        return self.env.SLACK_CHANNEL or next((topic.channel for topic in self.topics if topic.channel), "")

    @property
    def web_hosts(self) -> tuple[str, ...]:
        """The host names, besides loopback's, under which the web pages may be requested, from WATCHER_WEB_HOSTS."""
        return tuple(host.strip() for host in self.env.WATCHER_WEB_HOSTS.split(",") if host.strip())

    def model_for(self, stage: str) -> str:
        """The id of the language model that a pipeline stage ("triage", "score", "summarize" or "verify") asks:
        WATCHER_MODEL if set, else from watcher.toml; "" if none is configured.
        """
        scorer, summarizer = self.values.score.model, self.values.summarize.model
        values = {"triage": scorer, "score": scorer, "summarize": summarizer, "verify": summarizer}
        return self.env.WATCHER_MODEL or values[stage]


def config_folder(environ: Mapping[str, str] | None = None) -> Path:
    """The configuration folder: WATCHER_CONFIG, else ./config, else the one installed with the package."""
    named = (os.environ if environ is None else environ).get("WATCHER_CONFIG")
    if named:
        return Path(named)
    here = Path("config")
    return here if (here / "watcher.toml").is_file() else shipped_folder()


def shipped_folder() -> Path:
    """The configuration folder that is installed with the package."""
    package = Path(__file__).parents[1]
    installed = package / "config"
    return installed if installed.is_dir() else package.parent / "config"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Load and check all settings, without contacting anything.

    Raises ConfigError listing all problems, one per line.
    """
    environ = os.environ if environ is None else environ
    folder = config_folder(environ)
    problems: list[str] = []
    # With defaults in the place of what is wrong, the rest is checked as well and all problems are told at once.
    values = read_model(Values, read_toml(folder / "watcher.toml", problems), "watcher.toml", problems) or Values()
    env = read_model(Environment, environ, "environment", problems) or Environment()
    problems += [f"environment: {old} is now called {new}" for old, new in OLD_NAMES.items() if environ.get(old)]
    topics = tuple(
        replace(topic, channel=env.SLACK_CHANNEL or topic.channel)  # the environment overrides the files
        for path in sorted((folder / "topics").glob("*.toml"))
        if (topic := read_topic(path, problems)) is not None
    )
    problems += feeds_of_one_name(topics)
    if not topics and not problems:
        problems.append(f"{folder / 'topics'}: no topic file (*.toml); add one or set WATCHER_CONFIG")
    if problems:
        raise ConfigError("\n".join(problems))
    data = Path(env.WATCHER_DATA or DEFAULT_DATA)
    unknown = unknown_variables(environ)
    return Settings(config=folder, data=data, env=env, values=values, topics=topics, unknown=unknown)
