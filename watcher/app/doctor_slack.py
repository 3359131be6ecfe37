"""Settings -> what was found of Slack: tokens, scopes and channels, of one workspace or of each that installed the app."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from watcher.adapters.desks.slack.examine import examine_slack
from watcher.adapters.store import SqlStore, open_database
from watcher.app.slack import installations_of
from watcher.domain.checkup import Checkup, Health
from watcher.domain.errors import ConfigError, DeskRefused
from watcher.ports import Clock
from watcher.settings import Settings


def slack_checkups(settings: Settings, clock: Clock, *, stored: bool) -> Sequence[Checkup]:
    """What Slack says to each token in use. `stored` says whether the database can be asked for installations."""
    env = settings.env
    if settings.many_workspaces:
        return list(_workspaces(settings, clock)) if stored else [Checkup("slack_token", Health.WARNING, "workspaces")]
    if not env.SLACK_BOT_TOKEN:
        return []
    channels, anybody = _channels(settings, ""), _anybody(settings)
    return examine_slack(env.SLACK_BOT_TOKEN, env.SLACK_APP_TOKEN, env.SLACK_API_URL, channels, anybody=anybody)


def _anybody(settings: Settings) -> bool:
    """Whether whoever sees a channel may decide."""
    return not (settings.values.slack.curators or settings.values.slack.curator_group)


def _channels(settings: Settings, team: str) -> Sequence[str]:
    """Where a workspace's messages go; alarms go to the first topic's."""
    channels = [topic.channel for topic in settings.topics if topic.team == team or not team]
    if not team or settings.topics[0].team == team:
        channels.append(settings.values.alarms.channel)
    return list(dict.fromkeys(filter(None, channels)))


def _workspaces(settings: Settings, clock: Clock) -> Iterator[Checkup]:
    database = open_database(settings.database)
    app_token = settings.env.SLACK_APP_TOKEN
    try:
        installations = installations_of(settings, SqlStore(database), clock)
        for team in sorted(installations.teams):
            token = installations.token(team)
            if token is None:
                yield Checkup("slack_token", Health.BROKEN, "not_installed", team)
                continue
            channels, anybody = _channels(settings, team), _anybody(settings)
            for found in examine_slack(token, app_token, settings.env.SLACK_API_URL, channels, anybody=anybody):
                yield replace(found, detail=f"{team} {found.detail}".strip())
            app_token = ""  # the app has one, whichever workspace it is in
    except (ConfigError, DeskRefused) as error:
        yield Checkup("slack_token", Health.BROKEN, "sealed", str(error))
    finally:
        database.close()
