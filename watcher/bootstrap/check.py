"""The command `check`: validates the whole configuration, also for contradictions, without contacting anything."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from watcher.adapters.prefilters import PREFILTERS
from watcher.adapters.sources.fetch import Fetcher
from watcher.adapters.store import open_database
from watcher.bootstrap.clients import make_sources
from watcher.bootstrap.configuration import prefilter_file, read_prefilter, read_prompts, styles_of
from watcher.bootstrap.models import SHARES
from watcher.domain.budget import Price, Spending
from watcher.domain.errors import CatalogError, ConfigError
from watcher.schedule import digest_trigger, poll_trigger, reconcile_trigger, refresh_trigger, weekly_trigger
from watcher.settings import Settings
from watcher.settings.mistakes import category_mistakes, slack_mistakes


def check(settings: Settings) -> None:
    """Load everything in the configuration folder and check that the settings do not contradict each other.

    Raises ConfigError listing every problem, one per line.
    """
    problems: list[str] = []
    for load in (lambda: read_prompts(settings.config), lambda: styles_of(settings)):
        try:
            load()
        except ConfigError as error:
            problems.append(str(error))
    problems += _contradictions(settings)
    if problems:
        raise ConfigError("\n".join(problems))


def _about_the_catalog(settings: Settings) -> list[str]:
    env, found = settings.env, list[str]()
    if settings.catalog_push == "pull-request" and not env.GITHUB_TOKEN:
        found.append('watcher.toml: catalog.push is "pull-request" but GITHUB_TOKEN is not set')
    if env.WATCHER_CATALOG and not Path(env.WATCHER_CATALOG).is_file():
        found.append(f"WATCHER_CATALOG: no such file: {env.WATCHER_CATALOG}")
    return found


def unusable_catalogs(settings: Settings) -> list[str]:
    """The reasons why rows cannot be written to existing catalog files, one line each: a file cannot be read, is not
    Markdown, or has another layout than the configured one.
    """
    from watcher.adapters.catalogs.markdown_entries import read_entries

    found = []
    for path in dict.fromkeys(map(settings.catalog_of, settings.topics)):
        try:
            if path.is_file():
                read_entries(path.read_bytes(), str(path), settings.shape_of(path))
        except (CatalogError, OSError) as error:
            found.append(str(error))
    return found


def _approvals(settings: Settings) -> list[str]:
    """The problem that more approvals are required than there are curators; [] if there is none."""
    slack = settings.values.slack
    if slack.curator_group or not slack.curators or len(slack.curators) >= slack.approvals:
        return []
    return [f"watcher.toml: slack.approvals is {slack.approvals} but slack.curators names {len(slack.curators)}"]


def _workspaces(settings: Settings) -> list[str]:
    """Problems in the settings by which workspaces install the Slack app themselves."""
    env, found = settings.env, list[str]()
    if not settings.many_workspaces:
        return found
    if env.SLACK_BOT_TOKEN:
        found.append(
            "SLACK_BOT_TOKEN and SLACK_OAUTH_CLIENT_ID are both set: tokens come from installing, unset the first"
        )
    found += [
        f"SLACK_OAUTH_CLIENT_ID is set but not {name}"
        for name in ("SLACK_OAUTH_CLIENT_SECRET", "WATCHER_SECRET_KEY")
        if not getattr(env, name)
    ]
    if not (env.SLACK_APP_TOKEN or env.SLACK_SIGNING_SECRET):
        found.append("SLACK_OAUTH_CLIENT_ID is set but neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET")
    if len({topic.team for topic in settings.topics}) > 1 and env.SLACK_CHANNEL:
        found.append("SLACK_CHANNEL is set but topics belong to several workspaces: give each topic its channel")
    if len({topic.team for topic in settings.topics}) > 1 and not settings.values.alarms.channel:
        found.append(
            "watcher.toml: alarms.channel: missing; with several workspaces it must be said who hears of alarms"
        )
    found += [
        f"topics/{topic.slug}.toml: {name}: missing; SLACK_OAUTH_CLIENT_ID is set, so every topic needs one"
        for topic in settings.topics
        for name in ("team", "channel")
        if not getattr(topic, name)
    ]
    return found


def _slack(settings: Settings) -> list[str]:
    """Problems in the settings because of which cards cannot reach Slack, or clicks cannot reach this program."""
    env, found = settings.env, list[str]()
    if env.SLACK_BOT_TOKEN and (homeless := [topic.slug for topic in settings.topics if not topic.channel]):
        found.append(f"SLACK_BOT_TOKEN is set but no channel for {', '.join(homeless)}: set SLACK_CHANNEL")
    chosen = settings.values.slack.reactions
    if env.SLACK_BOT_TOKEN and not settings.takes_clicks and not (chosen.approve and chosen.reject):
        found.append(
            "SLACK_BOT_TOKEN is set but neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET, and slack.reactions names no"
            " emoji to approve or reject: nobody could decide"
        )
    found += [
        f"{name} is set but SLACK_BOT_TOKEN is not: no card would be posted"
        for name in ("SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")
        if getattr(env, name) and not settings.slack_ready
    ]
    if settings.values.alarms.channel and not settings.slack_ready:
        found.append("watcher.toml: alarms.channel is set but SLACK_BOT_TOKEN is not")
    return found


def _state(settings: Settings) -> list[str]:
    """What keeps runs from sharing their database on a git branch."""
    env, branch, found = settings.env, settings.state_branch, list[str]()
    if not branch:
        return found
    if not env.WATCHER_SECRET_KEY:
        found.append("watcher.toml: state.branch is set but WATCHER_SECRET_KEY is not: people could not be encrypted")
    if settings.catalog_push == "never":
        found.append(
            'watcher.toml: state.branch is set but catalog.push is "never": rows would be lost with the machine'
        )
    if env.DATABASE_URL:
        found.append("watcher.toml: state.branch is set and DATABASE_URL too: the state is a file in the data folder")
    if branch == settings.values.catalog.branch:
        found.append("watcher.toml: state.branch is the catalog's branch: it needs one of its own")
    return found


def _contradictions(settings: Settings) -> list[str]:
    """Combinations of settings that are valid one by one but not together."""
    env, values, found = settings.env, settings.values, list[str]()
    if values.screen.prefilter not in PREFILTERS:
        found.append(f"watcher.toml: screen.prefilter: {values.screen.prefilter!r} is none of {', '.join(PREFILTERS)}")
    found += [*settings.unknown, *category_mistakes(settings), *slack_mistakes(settings)]
    found += model_contradictions(settings)
    found += queue_contradictions(settings)
    found += _slack(settings)
    found += _about_the_catalog(settings) + _approvals(settings)
    found += _workspaces(settings) + _state(settings)
    if "openalex" in values.enrich.services and not env.OPENALEX_API_KEY:
        found.append("watcher.toml: enrich.services names openalex: set OPENALEX_API_KEY")
    lower, upper = values.enrich.middle, values.enrich.high
    if any(getattr(lower, name) > getattr(upper, name) for name in type(lower).model_fields):
        found.append("watcher.toml: enrich.middle asks for more than enrich.high")
    found += [str(error) for error in _damaged(settings)]
    for make in (
        lambda: _cipher(env.WATCHER_SECRET_KEY),
        lambda: open_database(settings.database).close(),
        lambda: make_sources(settings, (), Fetcher()),
        lambda: [
            when(values.schedule)
            for when in (poll_trigger, reconcile_trigger, digest_trigger, weekly_trigger, refresh_trigger)
        ],
    ):
        try:
            make()
        except ConfigError as error:
            found.append(str(error))
    return found


def _cipher(key: str) -> None:
    """Check the key that encrypts the tokens of workspaces, if there is one. Raises ConfigError if it cannot
    encrypt.
    """
    if key:
        from watcher.adapters.desks.slack.api.oauth import TokenCipher

        TokenCipher(key)


def untrained_topics(settings: Settings) -> list[str]:
    """The slugs of topics for which a trained classifier is configured but not there, so that keywords alone screen
    their papers.
    """
    if settings.values.screen.prefilter == "keywords":
        return []
    return [topic.slug for topic in settings.topics if not prefilter_file(settings, topic.slug).is_file()]


def _damaged(settings: Settings) -> list[ConfigError]:
    found = []
    for topic in settings.topics:
        try:
            read_prefilter(settings, topic.slug)
        except ConfigError as error:
            found.append(error)
    return found


def queue_contradictions(settings: Settings) -> list[str]:
    """Contradictions in the settings of the job queue, one line for each."""
    if not settings.is_distributed:
        return []
    found = list[str]()
    if not settings.env.DATABASE_URL.startswith("postgres"):
        found.append('[workers] queue is "postgresql": set DATABASE_URL to postgresql://…')
    if importlib.util.find_spec("procrastinate") is None:
        found.append("[workers] queue is \"postgresql\": install the extra 'postgres'")
    return found


# The most that a paper adds to a prompt beside its abstract, in bytes (TeX, title, id and frame), and the static part.
_PAPER_BYTES = 1500
_STATIC_BYTES = 12_000
_LINE_BYTES = 400  # of a paper in triage


def model_contradictions(settings: Settings) -> list[str]:
    """Contradictions between the configured models, prices and daily spending caps, one line for each: a missing price,
    or a cap that one request would exceed.
    """
    values, found = settings.values, list[str]()
    budget, prices = values.budget, values.llm.prices
    models = {name for stage in SHARES if (name := settings.model_for(stage))}
    unknown = sorted(models - prices.keys()) if budget.daily_usd is not None else []
    found += [
        f"watcher.toml: budget.daily_usd: [llm.prices] has no price of {name}, so the cap cannot be kept: add a line"
        for name in unknown
    ]
    sent = _STATIC_BYTES + values.score.batch_size * (_PAPER_BYTES + values.score.abstract_chars)
    lines = _STATIC_BYTES + values.screen.triage_batch * _LINE_BYTES
    triages = values.screen.triage == "all" and budget.daily_tokens is not None
    if triages and lines + budget.answer_tokens > (budget.daily_tokens or 0) * SHARES["triage"]:
        found.append(
            f"watcher.toml: budget.daily_tokens: one question of triage may take {lines + budget.answer_tokens} tokens,"
            " which three fifths of the cap must hold: raise it, or lower triage_batch, or set triage to none"
        )
    whole = Spending(sent + budget.answer_tokens, 0.0)
    if budget.daily_tokens is not None and whole.tokens > budget.daily_tokens * SHARES["score"]:
        found.append(
            f"watcher.toml: budget.daily_tokens: one question may take {whole.tokens} tokens, which four fifths of the"
            " cap must hold: raise it, or lower batch_size or answer_tokens"
        )
    for name in sorted(models & prices.keys()):
        usd = Price(*prices[name]).of(sent, 0, budget.answer_tokens)
        if budget.daily_usd is not None and usd > budget.daily_usd * SHARES["score"]:
            found.append(
                f"watcher.toml: budget.daily_usd: one question to {name} may cost ${usd:.4f}, which four fifths of the"
                " cap must hold: raise it, or lower batch_size or answer_tokens"
            )
    return found
