"""The command `init`, which creates a group's configuration, from its list of papers or from nothing."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.cli.base import app
from watcher.domain.errors import BadReply, CatalogError, FeedError, Misuse, ModelError, UsageError

if TYPE_CHECKING:
    from watcher.bootstrap.new_topic import Advisers
    from watcher.domain.catalog.shape import Shape
    from watcher.domain.papers.paper import Paper
    from watcher.domain.screening.draft import Draft, Keywords

_MOST_ASKED = 12  # categories of the list whose feeds of today are read
_JAPANESE = 0.02  # share of kana in a list that people write in Japanese


class _Questions:
    """Asks the person at the terminal. With `yes` every default is taken, and a question without a default is an
    error.
    """

    def __init__(self, *, yes: bool) -> None:
        self.yes = yes

    def text(self, words: str, default: str, flag: str, *, needed: bool = True) -> str:
        """Ask at the terminal for one line of text."""
        if self.yes and needed and not default:
            raise Misuse("nothing to propose", about=flag, remedy=f"give {flag}")
        answer = default if self.yes else str(typer.prompt(words, default=default, show_default=bool(default)))
        if needed and not answer.strip():
            raise Misuse("an answer is needed", about=flag)
        return answer.strip()

    def names(self, words: str, given: str | None, proposed: Sequence[str], flag: str) -> tuple[str, ...]:
        """Ask at the terminal for several names separated by commas; not if they were `given` as a flag."""
        answer = given if given is not None else self.text(words, ", ".join(proposed), flag)
        return tuple(dict.fromkeys(name.strip() for name in answer.split(",") if name.strip()))


@app.command()
def init(
    catalog: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="The group's list in Markdown.")] = None,
    *,
    into: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Configuration folder; ./config if unset.")
    ] = None,
    slug: Annotated[str | None, typer.Option(metavar="NAME", help="Name of the topic's files.")] = None,
    title: Annotated[str | None, typer.Option(help="Title of the topic.")] = None,
    language: Annotated[str | None, typer.Option(metavar="ja|en", help="Language of the catalog's cells.")] = None,
    categories: Annotated[str | None, typer.Option(metavar="A,B", help="Categories to watch.")] = None,
    keywords: Annotated[str | None, typer.Option(metavar="A,B", help="Keywords that always pass a paper.")] = None,
    model: Annotated[
        str | None, typer.Option(metavar="ID", help="Model that writes the criteria; empty: none.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Take every default without asking.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the topic's files if they are there.")
    ] = False,
    github_actions: Annotated[
        bool, typer.Option("--github-actions", help="Write a workflow for GitHub Actions as well.")
    ] = False,
) -> None:
    """Set up a configuration of one's own, from the group's list of papers or from nothing.

    Reads the list, asks arXiv about its papers, proposes categories, keywords and criteria, and writes the topic's files,
    watcher.toml, prompts, style sheets and a .env without secrets. What is there already stays.
    """
    from watcher.bootstrap import new_topic as setup
    from watcher.words_ja import init as words

    ask, folder = _Questions(yes=yes), (into or Path("config")).absolute()
    catalog = catalog or _named_catalog(ask)
    text = _read(catalog)
    shape = _learned(catalog) if catalog else None
    title = title or ask.text(words.TITLE, _heading(text), "--title")
    slug = setup.slug_of(slug or "", title, *((catalog.stem, catalog.absolute().parent.name) if catalog else ()))
    if (folder / "topics" / f"{slug}.toml").is_file() and not overwrite:
        typer.echo(words.standing(slug))
        _write(folder, {}, "", overwrite=False, workflow=github_actions)
        return
    language = language or ask.text(words.LANGUAGE, _language(text + title, setup.languages()), "--language")
    _must_be_a_language(language, setup.languages())
    if model is None:
        model = ask.text(words.MODEL, os.environ.get("WATCHER_MODEL", ""), "--model", needed=False)
    with setup.advisers(os.environ, model) as advisers:
        watched = _Watched(ask, advisers, text)
        chosen = watched.categories(categories), watched.keywords(keywords)
        draft = watched.draft(title, language, chosen[1], with_model=bool(model))
    place = str(catalog.absolute()) if catalog else f"{slug}.md"
    topic = setup.NewTopic(slug, title, language, place, *chosen, watched.proposed.wider, draft)
    files = _corrected(ask, setup.topic_files(topic), f"topics/{slug}.md")
    if not yes and not typer.confirm(words.WRITE, default=True):
        typer.echo(words.NOTHING)
        return
    _write(folder, files, model, overwrite=overwrite, workflow=github_actions)
    if catalog is None and language == "en":  # the shipped template of a catalog is in Japanese
        shape = setup.ENGLISH
        setup.write_files(folder.parent / "var", {topic.catalog: setup.empty_catalog(title, shape)})
    if shape:
        setup.write_shape(folder / "topics" / f"{slug}.toml", shape, topic.catalog)


def _named_catalog(ask: _Questions) -> Path | None:
    """The list that the person at the terminal names, by default WATCHER_CATALOG; None for none."""
    from watcher.words_ja import init as words

    named = "" if ask.yes else ask.text(words.CATALOG, os.environ.get("WATCHER_CATALOG", ""), "FILE", needed=False)
    return Path(named) if named else None


def _must_be_a_language(language: str, known: Sequence[str]) -> None:
    if language not in known:
        raise Misuse(f"not a language of cells: {language!r}", about="--language", remedy=" or ".join(known))


class _Watched:
    """What the new topic is to watch: proposed from the papers of the list, shown to the person and corrected by
    them.
    """

    def __init__(self, ask: _Questions, advisers: Advisers, text: str) -> None:
        from watcher.adapters.catalogs.markdown_text import named_ids
        from watcher.words_ja import init as words

        self._ask, self._advisers, self._words = ask, advisers, words
        ids = {paper for paper in named_ids(text) if paper.source == "arxiv"}
        typer.echo(words.found_ids(len(ids)))
        self._papers: Sequence[Paper] = ()
        self._today: Sequence[Paper] | None = None
        if ids:
            try:
                self._papers = advisers.papers(ids)
                typer.echo(words.known(len(self._papers), len(ids)))
            except FeedError as error:
                typer.echo(words.not_asked(str(error)))

    def categories(self, given: str | None) -> tuple[str, ...]:
        """The arXiv categories that the new topic is to watch."""
        from watcher.domain.screening.draft import is_category, propose_categories

        listed = Counter(name for paper in self._papers for name in set(paper.categories) if is_category(name))
        asked = (
            [name.strip() for name in given.split(",")] if given else [n for n, _ in listed.most_common(_MOST_ASKED)]
        )
        self._today = self._advisers.today([name for name in asked if is_category(name)]) if asked else None
        shares = propose_categories(self._papers, self._today)
        for line in self._words.categories(shares):
            typer.echo(line)
        return self._ask.names(self._words.CATEGORIES, given, [share.name for share in shares], "--categories")

    def keywords(self, given: str | None) -> tuple[str, ...]:
        """The core keywords of the new topic, which always pass a paper."""
        for line in self._words.keywords(self.proposed):
            typer.echo(line)
        return self._ask.names(self._words.KEYWORDS, given, self.proposed.core, "--keywords")

    @cached_property
    def proposed(self) -> Keywords:
        """The keywords for the new topic that are proposed by counting in titles."""
        from watcher.domain.screening.draft import Keywords, propose_keywords

        return propose_keywords(self._papers, self._today or ()) if self._papers else Keywords((), ())

    def draft(self, title: str, language: str, core: tuple[str, ...], *, with_model: bool) -> Draft:
        """The draft of what belongs to the new topic, written by the model or made by counting."""
        from watcher.domain.screening.draft import counted

        if with_model and self._papers:
            typer.echo(self._words.DRAFTING)
            try:
                return self._advisers.draft(title, language, self._papers)
            except (ModelError, BadReply) as error:
                typer.echo(self._words.not_drafted(str(error)))
        return counted(title, replace(self.proposed, core=core), self._papers)


def _corrected(ask: _Questions, files: dict[str, str], criteria: str) -> dict[str, str]:
    """The topic's files with the criteria as the person corrected them."""
    from watcher.words_ja import init as words

    typer.echo("")
    typer.echo(files[criteria])
    if ask.yes or typer.confirm(words.GOOD, default=True):
        return files
    editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR", ""))
    if not editor:
        typer.echo(words.edit_later(criteria))
        return files
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "criteria.md"
        draft.write_text(files[criteria], encoding="utf-8")
        try:
            subprocess.run([*editor, str(draft)], check=True)
            return files | {criteria: draft.read_text(encoding="utf-8")}
        except (OSError, subprocess.CalledProcessError, UnicodeDecodeError) as error:
            raise UsageError(f"the editor failed: {error}", about=editor[0], remedy="set EDITOR") from error


def _write(folder: Path, topic: dict[str, str], model: str, *, overwrite: bool, workflow: bool) -> None:
    """Write the files that are missing; say which exist already and what to run next."""
    from watcher.bootstrap import new_topic as setup
    from watcher.words_ja import init as words

    env = setup.env_file(folder, model, os.environ.get("OPENAI_BASE_URL", ""))
    written, left = setup.write_files(folder, setup.base_files())
    beside = {".env": env, **(setup.workflow_files() if workflow else {})}
    for place, files, replaces in ((folder, topic, overwrite), (folder.parent, beside, False)):
        more, kept = setup.write_files(place, files, overwrite=replaces)
        written, left = written + more, left + kept
    for line in [*words.written(written), *words.left(left), *words.next_steps(folder.parent / ".env")]:
        typer.echo(line)
    if workflow:
        typer.echo(words.WORKFLOW)


def _read(catalog: Path | None) -> str:
    if catalog is None:
        return ""
    try:
        return catalog.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogError(f"cannot be read: {error}", about=str(catalog), remedy="name a Markdown file") from None


def _learned(catalog: Path) -> Shape | None:
    """The shape of the given list of papers, after showing what was understood; None for a catalog with the default
    seven columns. Raises CatalogError with a remedy for a file whose papers are in no table or list.
    """
    from watcher.adapters.catalogs.markdown_entries import read_entries
    from watcher.adapters.catalogs.markdown_learn import learn
    from watcher.words_ja import catalog as words

    data = catalog.read_bytes()
    try:
        read_entries(data, str(catalog))
    except CatalogError:
        learned = learn(data, words.SAMPLE, str(catalog))
        for line in [*words.learned(str(catalog), learned.reading, learned.named), words.next_entry(learned.line)]:
            typer.echo(line)
        typer.echo(learned.entry)
        return learned.shape
    return None


def _heading(text: str) -> str:
    """The text of the first heading of a Markdown document, without markup."""
    from watcher.adapters.catalogs.markdown_text import visible_text

    heads = (visible_text(line.lstrip("# ")) for line in text.splitlines() if line.startswith("# "))
    return next((head for head in heads if head), "")


def _language(text: str, known: Sequence[str]) -> str:
    from watcher.domain.text import kana_share

    return "en" if "en" in known and text and kana_share(text) < _JAPANESE else "ja"
