"""Loads topics: each from config/topics/<slug>.toml, its criteria (the text by which the model judges papers) from
<slug>.md, and optional hints for the model's first look at titles from <slug>.triage.md. The table [catalog] holds the
path of the topic's Markdown catalog and the layout that was learned from it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import Field, field_validator, model_validator

from watcher.domain.catalog.shape import (
    BY_RULE,
    OWN_FIELDS,
    PLACEHOLDERS,
    Column,
    FieldSource,
    Form,
    Numbering,
    Order,
    OwnField,
    Sections,
    Shape,
)
from watcher.domain.facts import Cells
from watcher.domain.papers.paper import AnnounceType
from watcher.domain.papers.topic import CATEGORIES, OTHER_SOURCES, KeywordGroup, Theme, Topic, Vocabulary
from watcher.settings.values import Strict, read_model, read_toml

_BRACES = re.compile(r"\{([^{}]*)\}")
_FIELDS = frozenset({*Cells.names(), *OWN_FIELDS, "link", "number"})


def _pattern(text: str) -> str:
    unknown = [name for name in _BRACES.findall(text) if name.partition(":")[0] not in PLACEHOLDERS]
    if unknown:
        raise ValueError(f"{{{unknown[0]}}} is no field; the fields are {', '.join(sorted(PLACEHOLDERS))}")
    return text


class ColumnTable(Strict):
    """Schema of an element of [[catalog.columns]]: one column of the catalog's tables, with its heading, the field it
    shows and the pattern by which it is written.
    """

    heading: str
    field: str = ""
    write: str = Field(default="", pattern=r"^[^\n|]*$")
    empty: str = Field(default="", pattern=r"^[^\n|]*$")

    @field_validator("field")
    @classmethod
    def _known(cls, value: str) -> str:
        if unknown := [name for name in value.split("+") if name and name not in _FIELDS]:
            raise ValueError(f"{unknown[0]!r} is none of {', '.join(sorted(_FIELDS))}")
        return value

    _write = field_validator("write")(_pattern)


class FieldTable(Strict):
    """Schema of an element of [catalog.fields], a field that a catalog has beside the standard seven: where its text
    comes from, and if a model writes it, the prompt.
    """

    source: FieldSource
    prompt: str = Field(default="", pattern=r"^[^\n]*$", max_length=300)

    @model_validator(mode="after")
    def _says_what_to_write(self) -> Self:
        if (self.source is FieldSource.MODEL) != bool(self.prompt.strip()):
            raise ValueError('source = "model" needs a prompt, and no other source has one')
        return self


class CatalogTable(Strict):
    """Schema of [catalog] in a topic's file: the path of the Markdown catalog, the layout that was learned from it
    (none if `form` is missing), and its fields beside the standard seven.
    """

    file: str = ""
    form: Form | None = None
    order: Order = Order.OLDEST_FIRST
    numbering: Numbering = Numbering.NONE
    restarts: bool = False
    sections: Sections = Sections.NONE
    into: str = ""
    total: str = Field(default="", pattern=r"^(.*\{n\}.*)?$")
    preprint: str = ""
    entry: tuple[str, ...] = ()
    columns: tuple[ColumnTable, ...] = ()
    fields: dict[str, FieldTable] = Field(default_factory=dict)

    @field_validator("fields")
    @classmethod
    def _own(cls, value: dict[str, FieldTable]) -> dict[str, FieldTable]:
        if unknown := [name for name in value if name not in OWN_FIELDS]:
            raise ValueError(f"{unknown[0]!r} is none of {', '.join(OWN_FIELDS)}")
        if asked := [name for name, field in value.items() if name in BY_RULE and field.source is FieldSource.MODEL]:
            raise ValueError(f"{asked[0]!r} is taken from metadata, never from a model")
        return value

    @field_validator("entry")
    @classmethod
    def _pieces(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for piece in value:
            _pattern(piece)
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        titled = any("title" in column.field.split("+") for column in self.columns)
        if self.form is Form.TABLE and not titled:
            raise ValueError("a table needs a column with the field title")
        if self.form in {Form.BULLETS, Form.PARAGRAPHS} and not any("{title}" in piece for piece in self.entry):
            raise ValueError(f"{self.form} need a piece of `entry` with {{title}}")
        written = [*self.entry, *(column.write for column in self.columns)]
        if self.form and not any(f"{{{name}}}" in text for text in written for name in ("url", "name", "id")):
            raise ValueError("no pattern names the paper: one must hold {url}, {name} or {id}")
        return self

    @property
    def own_fields(self) -> tuple[OwnField, ...]:
        """The fields that the catalog has beside the standard seven, in a fixed order."""
        told = [(name, self.fields[name]) for name in OWN_FIELDS if name in self.fields]
        return tuple(OwnField(name, field.source, field.prompt) for name, field in told)

    @property
    def shape(self) -> Shape | None:
        """The layout in which entries are written to the catalog, as learned from its file; None if none
        was learned.
        """
        if self.form is None:
            return None
        return Shape(
            form=self.form,
            columns=tuple(Column(one.heading, one.field, one.write, one.empty) for one in self.columns),
            entry=self.entry,
            order=self.order,
            numbering=self.numbering,
            restarts=self.restarts,
            sections=self.sections,
            into=self.into,
            total=self.total,
            preprint=self.preprint,
        )


class Group(Strict):
    """Schema of a keyword group in a topic's file: phrases looked for in titles and abstracts. Priority 0 always passes
    a paper.
    """

    name: str = Field(min_length=1)
    priority: int = Field(ge=0, le=9)
    keywords: tuple[Annotated[str, Field(min_length=2)], ...] = Field(min_length=1)


class Words(Strict):
    """Schema of a theme in a topic's file: phrases of one meaning, whose presence in a paper is one feature of the
    classifier that screens papers.
    """

    name: str = Field(min_length=1)
    crossed: bool = False
    words: tuple[Annotated[str, Field(min_length=2)], ...] = Field(min_length=1)


class StyleWords(Strict):
    """Schema of [style] in a topic's file: terms, abbreviations, preferred words and an example that the topic adds to
    the style sheet of its summaries.
    """

    terms: tuple[str, ...] = ()
    abbreviations: str = ""
    example: str = ""
    preferred: dict[str, str] = Field(default_factory=dict)
    aliases: dict[str, tuple[str, ...]] = Field(default_factory=dict)


FeedName = Annotated[str, Field(pattern=r"^[^+\s][^+\r\n\t]{0,59}$")]
FeedUrl = Annotated[str, Field(pattern=r"^https?://\S{1,1000}$")]


class TopicFile(Strict):
    """Schema of config/topics/<slug>.toml, which says what a group watches: categories, feeds, keywords, score
    thresholds and the catalog.
    """

    title: str = Field(min_length=1)
    channel: str = ""
    catalog: CatalogTable = CatalogTable()
    team: str = ""
    categories: frozenset[str] = frozenset()
    feeds: dict[FeedName, FeedUrl] = Field(default_factory=dict)
    announce: frozenset[AnnounceType] = Field(min_length=1)
    post_at: int = Field(ge=0, le=4)
    fold_at: int = Field(ge=0, le=4)
    groups: tuple[Group, ...] = Field(min_length=1)
    themes: tuple[Words, ...] = ()
    labels: dict[Annotated[str, Field(pattern="^[a-z]$")], Annotated[str, Field(min_length=1)]] = Field(
        default_factory=dict
    )
    style: StyleWords = StyleWords()
    language: str = Field(default="ja", pattern="^[a-z]{2}$")
    timezone: str = "Asia/Tokyo"
    citations: int = Field(default=100, ge=0, le=1000)

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"no time zone is called {value!r}; write a name such as Europe/Berlin")
        return value

    @field_validator("catalog", mode="before")
    @classmethod
    def _file_alone(cls, value: object) -> object:
        return {"file": value} if isinstance(value, str) else value

    @field_validator("feeds")
    @classmethod
    def _not_arxiv(cls, feeds: dict[str, str]) -> dict[str, str]:
        for name, url in feeds.items():
            if str(urlsplit(url).hostname).endswith("arxiv.org"):
                raise ValueError(f"{name}: watch arXiv by its categories")
            if name in CATEGORIES or name.partition(".")[0] in OTHER_SOURCES:
                raise ValueError(f"{name}: the name of a category; give the feed another")
        return feeds

    @model_validator(mode="after")
    def _watches_something(self) -> Self:
        if not self.categories and not self.feeds:
            raise ValueError("name categories, feeds or both")
        return self

    @model_validator(mode="after")
    def _fold_lies_below(self) -> Self:
        if self.fold_at > self.post_at:
            raise ValueError("fold_at may not be above post_at")
        return self


def feeds_of_one_name(topics: Sequence[Topic]) -> list[str]:
    """Error messages for feed names that two topics use for different URLs."""
    urls: dict[str, str] = {}
    return [
        f"topics/{topic.slug}.toml: feeds: {name}: another topic calls another feed so"
        for topic in topics
        for name, url in topic.feeds.items()
        if urls.setdefault(name, url) != url
    ]


def read_topic(path: Path, problems: list[str]) -> Topic | None:
    """Load a topic from its TOML file and the texts beside it. Returns None if there are mistakes; messages about them
    are appended to `problems`.
    """
    parsed = read_model(TopicFile, read_toml(path, problems), f"topics/{path.name}", problems)
    criteria = path.with_suffix(".md")
    if not criteria.is_file():
        problems.append(f"topics/{criteria.name}: missing; write there what belongs to the topic")
        return None
    if parsed is None:
        return None
    triage = path.with_suffix(".triage.md")
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
        catalog=parsed.catalog.file,
        shape=parsed.catalog.shape,
        fields=parsed.catalog.own_fields,
        team=parsed.team,
        themes=tuple(Theme(t.name, t.words, t.crossed) for t in parsed.themes),
        triage=triage.read_text(encoding="utf-8").strip() if triage.is_file() else "",
        labels=parsed.labels,
        vocabulary=Vocabulary(**parsed.style.model_dump()),
        language=parsed.language,
        timezone=parsed.timezone,
        citations=parsed.citations,
        feeds=parsed.feeds,
    )
