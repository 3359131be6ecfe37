"""Builds the client that posts to Slack and the transport by which clicks arrive from there, for one workspace or for
all that installed the app.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from watcher.adapters.desks.slack.api.client import Channel, SlackClient, make_client
from watcher.adapters.desks.slack.api.oauth import Installations, InstalledClient, States, TokenCipher, make_flow
from watcher.adapters.desks.slack.api.people import Curators
from watcher.adapters.desks.slack.desk import SlackDesk, Throttle, Throttles
from watcher.adapters.desks.slack.listeners.app import SlackApp, Workspaces, build_app
from watcher.adapters.desks.slack.messages.digest import ALARMS
from watcher.adapters.desks.slack.transport.http import SlackHttp, install_routes
from watcher.adapters.desks.slack.transport.socket_mode import SlackSocket
from watcher.adapters.store import SqlStore
from watcher.adapters.store.coordination import DatabaseThrottle
from watcher.domain.errors import ConfigError
from watcher.domain.facts import Verdict
from watcher.domain.papers.topic import Topic
from watcher.ports import Audits, Clock, Curation, Inquiries, Proposals, Store
from watcher.settings import Settings

_SLACK_SECONDS = 15.0  # longer than a call to Slack may take

People = tuple[Curation, Audits, Inquiries]
PeopleOf = Callable[[Sequence[Topic] | None], People]
"""Returns the services for the people of a workspace, limited to its topics; None for all topics."""


def make_slack_desk(
    settings: Settings,
    store: SqlStore,
    clock: Clock,
    throttles: Throttles | None = None,
    permit: Callable[[], None] | None = None,
) -> SlackDesk:
    """Build the client that shows papers to curators in Slack, each topic's in its channel. `permit` is called before
    every message and raises if none may be sent. Raises ConfigError if no channel is configured.
    """
    if not settings.channel:
        raise ConfigError("SLACK_BOT_TOKEN is set but no channel", about="Slack", remedy="set SLACK_CHANNEL")
    client = make_client(settings.env.SLACK_BOT_TOKEN, settings.env.SLACK_API_URL)
    if settings.many_workspaces:
        installations, base_url = installations_of(settings, store, clock), settings.env.SLACK_API_URL
        teams = sorted(installations.teams)
        clients: dict[str, SlackClient] = {team: InstalledClient(team, installations, base_url) for team in teams}
        client = clients[settings.topics[0].team]
        channels = {topic.slug: Channel(clients[topic.team], topic.channel) for topic in settings.topics}
    else:
        channels = {topic.slug: Channel(client, topic.channel) for topic in settings.topics if topic.channel}
    if settings.values.alarms.channel:
        channels[ALARMS] = Channel(client, settings.values.alarms.channel)
    in_channel = settings.values.slack.cards_in_channel
    throttles = throttles or (shared_throttles(store) if settings.is_distributed else None)
    return SlackDesk(
        client,
        settings.channel,
        channels=channels,
        in_channel=in_channel,
        throttles=throttles,
        verdicts=verdicts_of(settings),
        curators=partial(_curators, settings),
        has_buttons=settings.takes_clicks,
        permit=permit,
    )


def verdicts_of(settings: Settings) -> Mapping[str, Verdict]:
    """The verdict for which each configured emoji stands when a curator gives it to a paper as a reaction, by the
    emoji's name.
    """
    chosen = settings.values.slack.reactions
    by_verdict = {Verdict.APPROVE: chosen.approve, Verdict.REJECT: chosen.reject, Verdict.LATER: chosen.later}
    return {name: verdict for verdict, names in by_verdict.items() for name in names}


def _curators(settings: Settings, client: SlackClient) -> Curators:
    """The people who may decide in the Slack workspace of a client."""
    return Curators(client, settings.values.slack.curators, settings.values.slack.curator_group)


def shared_throttles(store: SqlStore) -> Throttles:
    """Build the rate limiters of Slack channels (a pause after each message), shared by all processes through the
    database.

    A process that dies while sending delays the others for a few seconds.
    """

    def make(name: str, pause: float, burst: int) -> Throttle:
        del burst  # a row holds the end of one turn
        row = f"slack {name}"[:64]
        return partial(DatabaseThrottle(store.database, {name}, interval=pause, lease=_SLACK_SECONDS, name=row), name)

    return make


def make_transport(
    settings: Settings,
    desk: SlackDesk,
    people_of: PeopleOf,
    proposals: Proposals,
    store: Store,
    clock: Clock,
) -> SlackSocket | SlackHttp:
    """Build the transport by which Slack delivers clicks and commands: Socket Mode or HTTP. Raises ConfigError if
    neither is configured.
    """
    env, slack = settings.env, settings.values.slack

    def app_of(client: SlackClient, topics: Sequence[Topic] | None) -> SlackApp:
        curation, audits, inquiries = people_of(topics)
        theirs = topics is None or any(settings.catalog_of(topic) == settings.catalog for topic in topics)
        review = proposals if theirs else None  # whose catalog it is
        return build_app(client, desk, curation, slack.curators, slack.curator_group, audits, inquiries, review)

    app: SlackApp | Workspaces
    extra_routes = []
    if settings.many_workspaces:
        installations = installations_of(settings, store, clock)

        def make(team: str, client: SlackClient) -> SlackApp:
            return app_of(client, [topic for topic in settings.topics if topic.team == team])

        app = Workspaces(installations, make, env.SLACK_API_URL)
        states = States(store.desks, clock)
        flow = make_flow(
            env.SLACK_OAUTH_CLIENT_ID, env.SLACK_OAUTH_CLIENT_SECRET, installations, states, env.SLACK_API_URL
        )
        extra_routes = install_routes(flow)
    else:
        app = app_of(make_client(env.SLACK_BOT_TOKEN, env.SLACK_API_URL), None)
    if env.SLACK_APP_TOKEN:
        return SlackSocket(env.SLACK_APP_TOKEN, app, extra_routes=extra_routes)
    if env.SLACK_SIGNING_SECRET:
        return SlackHttp(app, env.SLACK_SIGNING_SECRET, clock, extra_routes=extra_routes)
    raise ConfigError(
        "no click would arrive", about="Slack", remedy="set SLACK_APP_TOKEN, or SLACK_SIGNING_SECRET for HTTP"
    )


def installations_of(settings: Settings, store: Store, clock: Clock) -> Installations:
    """Build the store of encrypted tokens of the workspaces that installed the Slack app. Raises ConfigError if a key
    or a topic's workspace is missing.
    """
    teams = {topic.team for topic in settings.topics if topic.team}
    if not (settings.env.WATCHER_SECRET_KEY and all(topic.team for topic in settings.topics)):
        raise ConfigError(
            "workspaces cannot install the app", about="Slack", remedy="see what `watcher check` says of it"
        )
    return Installations(store.desks, TokenCipher(settings.env.WATCHER_SECRET_KEY), teams, clock)
