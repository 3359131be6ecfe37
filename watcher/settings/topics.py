"""Loads topics: each from config/topics/<slug>.toml, its criteria (the text by which the model judges papers) from
<slug>.md, and optional hints for the model's first look at titles from <slug>.triage.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import Field, field_validator, model_validator

from watcher.domain.papers.paper import AnnounceType
from watcher.domain.papers.topic import CATEGORIES, OTHER_SOURCES, KeywordGroup, Theme, Topic, Vocabulary
from watcher.settings.catalog_shape import CatalogTable
from watcher.settings.values import Strict, read_model, read_toml


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
