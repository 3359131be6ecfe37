"""Creates the configuration of a new topic for the command `init` (looks up a list's papers at arXiv, has a model draft
criteria from them, writes the files), and writes the layout learned from a catalog into a topic's file.
"""

from __future__ import annotations

import json
import re
import shlex
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watcher.adapters.sources.arxiv import ArxivRss
from watcher.adapters.sources.arxiv_search import ArxivMetadata
from watcher.adapters.sources.fetch import Fetcher
from watcher.adapters.store import SqlStore
from watcher.bootstrap import open_store
from watcher.bootstrap.clients import make_fetcher
from watcher.bootstrap.models import make_model
from watcher.domain.catalog.shape import Column, Shape, proposed_fields
from watcher.domain.errors import ConfigError, UsageError
from watcher.domain.papers.paper import AnnounceType, Paper, PaperId
from watcher.domain.prompts import Prompt
from watcher.domain.screening.draft import GAPS, SCHEMA, Draft, criteria_text, question, read_draft, triage_text
from watcher.ports import Request
from watcher.settings import Settings, load_settings, shipped_folder

_LEFT_OUT = ("topics", "prefilters")  # what is a topic's own
_WORKFLOW = "literature-watcher.yml"
_NEWS = frozenset({AnnounceType.NEW, AnnounceType.CROSS})
_NAMES = {"ja": "Japanese", "en": "English"}
_COMMENTS = {
    "form": "table or bullets",
    "order": "oldest-first or newest-first",
    "numbering": "none, rising or falling, from the first entry to the last",
    "restarts": "numbers begin anew in every section",
    "sections": "headings above the entries: none, year or topic",
    "into": "heading under which new entries go where none fits better",
    "total": "how the file states the number of its entries, {n} for the number; empty: it does not",
    "preprint": 'how the list names a preprint as a venue; empty: "arXiv (2026年6月)"',
    "entry": "pieces of an entry in bullets; one is left out if a field in it is empty",
}


@dataclass(frozen=True, slots=True)
class NewTopic:
    """The values from which the configuration files of a new topic are written. `catalog` is the path of its Markdown
    catalog, relative to the data folder; `core` and `wider` are keywords, `draft` is what the model wrote.
    """

    slug: str
    title: str
    language: str
    catalog: str
    categories: tuple[str, ...]
    core: tuple[str, ...]
    wider: tuple[str, ...]
    draft: Draft


class Advisers:
    """Clients of arXiv and a model for drafting a new topic, used before there is a configuration."""

    def __init__(self, settings: Settings, store: SqlStore) -> None:
        self._settings, self._store = settings, store
        self._fetcher: Fetcher = make_fetcher(settings, store, ())

    def papers(self, ids: Iterable[PaperId]) -> list[Paper]:
        """Look up these papers at arXiv, oldest id first; unknown ones are left out. Raises FeedError."""
        found = ArxivMetadata(self._fetcher, self._settings.env.WATCHER_ARXIV_API_URL).lookup(ids)
        return [found[paper] for paper in sorted(found)]

    def today(self, categories: Sequence[str]) -> list[Paper] | None:
        """The new and cross-listed papers in today's feed of these categories; None if the feed is empty or cannot be
        read.
        """
        base = self._settings.env.WATCHER_ARXIV_RSS_URL
        feed = ArxivRss(self._fetcher, categories=["+".join(sorted(categories))], base_url=base)
        for reading in feed.read():
            papers = [one.paper for one in reading.announcements if one.announce_type in _NEWS]
            return papers if papers and not reading.error else None
        return None

    def draft(self, title: str, language: str, papers: Sequence[Paper]) -> Draft:
        """Have the model draft a topic's criteria from example papers. Raises ModelError, or ConfigError without a
        prompt.
        """
        model = make_model(self._settings, "score", self._store)
        prompt = Prompt("topic", _read(shipped_folder() / "prompts" / "topic.md"), GAPS)
        system = prompt.fill(theme=title, language=_NAMES[language])
        reply = model.ask(Request("score", system, question(papers), schema_name="topic", schema=SCHEMA))
        return read_draft(reply.text, reply.finish)


@contextmanager
def advisers(environ: Mapping[str, str], model: str) -> Iterator[Advisers]:
    """Context manager that yields the clients of arXiv and the model for drafting a new topic, with the shipped
    configuration and a temporary database.
    """
    with tempfile.TemporaryDirectory() as folder:
        own = {"WATCHER_CONFIG": str(shipped_folder()), "WATCHER_DATA": folder, "WATCHER_MODEL": model}
        settings = load_settings({**environ, **own, "DATABASE_URL": "", "WATCHER_QUEUE": ""})
        store = open_store(settings)
        try:
            yield Advisers(settings, store)
        finally:
            store.database.close()


ENGLISH = Shape(
    columns=(
        Column("Title", "title", "[{title}]({url})"),
        Column("Summary", "summary", "{summary}"),
        Column("Authors", "authors", "{authors}"),
        Column("Year", "year", "{year}"),
        Column("Categories", "categories", "{categories}"),
        Column("Venue", "venue", "{venue}"),
    ),
    preprint="arXiv",
)
"""The shape of a catalog in English that is begun from nothing."""


def empty_catalog(title: str, shape: Shape) -> str:
    """The Markdown text of a catalog without entries: a heading, and a table with the columns of this layout."""
    cells = " | ".join(column.heading for column in shape.columns)
    return f"# {title}\n\n| {cells} |\n|{' --- |' * len(shape.columns)}\n"


def languages() -> list[str]:
    """The codes of the languages in which summaries can be written, because a style sheet is shipped for them."""
    return [name for name in _NAMES if (shipped_folder() / "style" / f"{name}.toml").is_file()]


def slug_of(*names: str) -> str:
    """The slug (lower-case letters, digits, hyphens) that names a new topic's files, made from the first of these names
    that has enough letters; else "topic".
    """
    slugs = (re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-") for name in names)
    return next((slug for slug in slugs if re.search(r"[a-z]{2}", slug) and slug != "readme"), "topic")


def topic_files(topic: NewTopic) -> dict[str, str]:
    """The configuration files of a new topic: their texts, by path in the configuration folder."""
    files = {
        f"topics/{topic.slug}.toml": _toml(topic),
        f"topics/{topic.slug}.md": criteria_text(topic.title, topic.draft),
    }
    hints = triage_text(topic.draft)
    return files | ({f"topics/{topic.slug}.triage.md": hints} if hints else {})


def base_files() -> dict[str, str]:
    """The configuration files that every deployment has, whatever its topics: the shipped texts by path, such as
    watcher.toml, prompts and style sheets.
    """
    folder = shipped_folder()
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        str(name): _read(path)
        for path in files
        if (name := path.relative_to(folder)).parts[0] not in _LEFT_OUT and not path.name.startswith(".")
    }


def workflow_files() -> dict[str, str]:
    """The GitHub Actions workflow that runs the watcher: its text, by path in a repository."""
    package = Path(__file__).parents[1]
    installed = package / "github-actions"
    folder = installed if installed.is_dir() else package.parent / "deploy" / "github-actions"
    return {f".github/workflows/{_WORKFLOW}": _read(folder / _WORKFLOW)}


def env_file(config: Path, model: str, base_url: str) -> str:
    """The text of the .env file of a deployment, to be loaded into a shell; secrets are left empty."""
    values = {"WATCHER_CONFIG": str(config), "WATCHER_DATA": str(config.parent / "var"), "WATCHER_MODEL": model}
    lines = [
        "# Loaded with: set -a; . ./.env; set +a    Secrets stand here and in no other file; never commit it.",
        *(f"{name}={shlex.quote(value) if value else ''}" for name, value in values.items()),
        "OPENAI_API_KEY=",
        f"OPENAI_BASE_URL={shlex.quote(base_url)}" if base_url else "# OPENAI_BASE_URL=",
        "# An address or URL of yours, told to arXiv",
        "WATCHER_CONTACT=",
        "# Cards in Slack: docs/slack.md",
        *("# SLACK_BOT_TOKEN=", "# SLACK_APP_TOKEN=", "# SLACK_CHANNEL="),
    ]
    return "\n".join(lines) + "\n"


def write_files(folder: Path, files: Mapping[str, str], *, overwrite: bool = False) -> tuple[list[Path], list[Path]]:
    """Write files below a folder. Returns the paths written, and the paths left alone because a file with another text
    exists (unless `overwrite`). Raises UsageError.
    """
    written, left = list[Path](), list[Path]()
    for name, text in files.items():
        path = folder / name
        try:
            if path.is_file() and (path.read_text(encoding="utf-8") == text or not overwrite):
                left += [path] if path.read_text(encoding="utf-8") != text else []
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(text, encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot be written: {error}", about=str(path), remedy="name another folder") from error
        written.append(path)
    return written, left


def _toml(topic: NewTopic) -> str:
    draft = topic.draft
    groups = [("core", 0, topic.core), ("wider", 1, topic.wider)]
    style = [f"terms = {_list(draft.terms)}", ""] if draft.terms else []
    lines = [
        f"# What this group watches. The criteria that the model judges by stand beside this file, in {topic.slug}.md.",
        f"title = {_text(topic.title)}",
        f"language = {_text(topic.language)}               # of the cells: ja or en",
        'channel = ""                # Slack channel id; SLACK_CHANNEL goes before',
        'team = ""                   # Slack workspace id, where several share the deployment',
        f"catalog = {_text(topic.catalog)}    # Markdown file, seen from the data folder; WATCHER_CATALOG goes before",
        f"categories = {_list(topic.categories)}",
        'announce = ["new", "cross"]',
        "post_at = 3                 # a card from this score on",
        "fold_at = 2                 # named in the digest's fold",
        "",
        "# What the letters of the criteria are called on cards.",
        "[labels]",
        *(f"{letter} = {_text(label)}" for letter, label in draft.labels.items()),
        "",
        *(["# Research categories in use; a new one is allowed.", "[style]", *style] if style else []),
        "# Keywords of priority 0 always pass a paper and put it first; the others where nothing better screens.",
        *(line for name, priority, words in groups if words for line in _group(name, priority, words)),
    ]
    return "\n".join(lines)


def _group(name: str, priority: int, words: Sequence[str]) -> list[str]:
    return ["[[groups]]", f"name = {_text(name)}", f"priority = {priority}", f"keywords = {_list(words)}", ""]


def _text(value: str) -> str:
    """A TOML basic string. JSON's escapes are valid in TOML."""
    return json.dumps(value, ensure_ascii=False)


def _list(values: Sequence[str]) -> str:
    return json.dumps(list(values), ensure_ascii=False)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", about=str(path), remedy="install the package again") from error


def keep_shape(settings: Settings, path: Path, shape: Shape) -> list[Path]:
    """Write a catalog's layout into the configuration files of all topics that add rows to it; return the files that
    changed.

    If none does and the deployment has one topic, the file becomes that topic's catalog. Raises ConfigError, or
    UsageError if no topic writes to the file.
    """
    topics = [topic for topic in settings.topics if settings.catalog_of(topic).resolve() == path.resolve()]
    new = not topics
    if new and len(settings.topics) == 1 and not settings.env.WATCHER_CATALOG:
        topics = list(settings.topics)
    if not topics:
        raise UsageError(
            "no topic writes to this file", about=str(path), remedy="name it under [catalog] file in a topic's file"
        )
    files = [settings.config / "topics" / f"{topic.slug}.toml" for topic in topics]
    return [file for file in files if write_shape(file, shape, str(path.resolve()) if new else "")]


def write_shape(path: Path, shape: Shape, file: str = "") -> bool:
    """Write a catalog's layout, and the catalog's path `file` if given, into the table [catalog] of a topic's TOML
    file; everything else, comments too, stays. Returns whether the file changed. Raises ConfigError.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        text = path.read_text(encoding="utf-8")
        document = tomlkit.parse(text)
        standing = document.get("catalog", "")
        table = standing if isinstance(standing, dict) else tomlkit.table()
        if not isinstance(standing, dict):  # the name of the file alone, as older topics have it
            document.pop("catalog", None)
            table["file"] = file or standing
            document["catalog"] = table
        elif file:
            table["file"] = file
        _fill(table, shape)
        written = tomlkit.dumps(document)
        if written != text:
            path.write_text(written, encoding="utf-8")
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise ConfigError(f"cannot be changed: {error}", about=str(path), remedy="set [catalog] by hand") from error
    return written != text


def _fill(table: Any, shape: Shape) -> None:
    """Write a shape into a TOML table; values that are there already keep their comments."""
    import tomlkit

    values = {name: getattr(shape, name) for name in _COMMENTS}
    values["entry"] = list(shape.entry)
    for name, value in values.items():
        plain = str(value) if isinstance(value, str) else value
        if name in table:
            if table[name] != plain:
                table[name] = plain
            continue
        item: Any = tomlkit.item(plain)
        if name == "entry":
            item.multiline(len(plain) > 1)
        table.add(name, item.comment(_COMMENTS[name]))
    columns = tomlkit.aot()
    for column in shape.columns:
        row = tomlkit.table()
        row.update({"heading": column.heading, "field": column.field, "write": column.write})
        row.update({"empty": column.empty} if column.empty else {})
        columns.append(row)
    standing = [dict(column) for column in table.get("columns", [])]
    if standing != [dict(column) for column in columns]:
        table.pop("columns", None)
        if shape.columns:
            table["columns"] = columns
    _fill_fields(table, shape)


def _fill_fields(table: Any, shape: Shape) -> None:
    """Put the proposed sources of own fields into the table [catalog.fields]; what stands there stays."""
    import tomlkit

    fields = table.get("fields", tomlkit.table())
    new = [field for field in proposed_fields(shape) if field.name not in fields]
    for field in new:
        value = tomlkit.inline_table()
        value.update({"source": str(field.source), **({"prompt": field.prompt} if field.prompt else {})})
        fields.add(field.name, value)
    if new and "fields" not in table:
        fields.comment("metadata, model (with a prompt), figure or nothing")
        table["fields"] = fields
