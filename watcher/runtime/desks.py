"""Starts and stops the places where curators decide: the web pages always, Slack if its tokens are configured."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.transport.http import SlackHttp
from watcher.adapters.desks.slack.transport.socket_mode import SlackSocket
from watcher.adapters.desks.web.catalog import address_of
from watcher.adapters.desks.web.monitoring import Probes
from watcher.adapters.desks.web.pages import StatusView
from watcher.adapters.desks.web.site import WebServer, build_site
from watcher.adapters.desks.web.site import serve as serve_site
from watcher.adapters.store import migrations
from watcher.bootstrap import Watcher
from watcher.bootstrap.catalogs import make_candidate_export, make_export_cache, make_other_export_caches
from watcher.bootstrap.check import check
from watcher.bootstrap.slack import make_transport
from watcher.domain.errors import ConfigError
from watcher.logs import get_logger
from watcher.words_ja import failures as words
from watcher.words_ja.failures import alarm_told

_READ_SECONDS = 10.0  # longer than this a slow Slack does not hold up the start; the reading goes on
_log = get_logger(__name__)
HOME = "/"
"""The path of the page with the cards, to which the catalog's page links back."""


class Desks:
    """The web server and the Slack connection of a deployment. They only record what people do there; jobs
    carry it out.
    """

    def __init__(
        self,
        watcher: Watcher,
        host: str | None = None,
        port: int | None = None,
        dead: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        """`host` and `port` replace the configured address of the web pages. `dead` returns the names of threads of
        this process that should be running and are not.
        """
        settings = watcher.settings
        web, env = settings.values.web, settings.env
        self._watcher = watcher
        self._slack = _transport(watcher)
        if self._slack is not None:
            watcher.events.decided.subscribe(self._slack.app.decided)
        others = make_other_export_caches(settings, watcher.store, HOME)
        site = build_site(
            watcher.curation,
            secret=env.WATCHER_WEB_SECRET or None,
            status=lambda: status_of(watcher),
            proposals=watcher.proposals,
            hosts=settings.web_hosts,
            exports=make_export_cache(settings, watcher.store, HOME).export,
            candidates=make_candidate_export(watcher.store),
            other_exports={topic: shelf.export for topic, shelf in others.items()},
            audits=watcher.audits,
            sessions=watcher.store.desks,
            inquiries=watcher.inquiries,
            extra_routes=self._slack.extra_routes if self._slack else [],
            probes=Probes(dead, lambda: self._unready(watcher), watcher.metrics, env.WATCHER_METRICS_TOKEN),
        )
        # The command line goes before the platform's PORT, and both before watcher.toml.
        chosen = next(p for p in (port, env.PORT, web.port) if p is not None)
        self.web: WebServer = serve_site(site, host or web.host, chosen)

    def disconnected(self) -> bool:
        """Whether clicks in Slack cannot arrive because Socket Mode is disconnected; always False over HTTP, where the
        program cannot know.
        """
        return isinstance(self._slack, SlackSocket) and self._slack.disconnected

    def _unready(self, watcher: Watcher) -> list[str]:
        return [*readiness_problems(watcher), *(["Slack is not connected"] if self.disconnected() else [])]

    def start(self) -> None:
        """Start the web server and the Slack connection. Raises DeskError if Slack refuses the connection."""
        self.web.start()
        if isinstance(self._watcher.pipeline.deps.desk, SlackDesk):
            self._read_reactions()
        if self._slack is not None:
            self._slack.start()

    def _read_reactions(self) -> None:
        """Record the reactions that people added while no process ran, before a later click can arrive."""

        def read() -> None:
            for failure in self._watcher.pipeline.read_reactions():
                _log.warning("reactions were not read", failure=failure)

        reading = threading.Thread(target=read, name="slack-reactions", daemon=True)
        reading.start()
        reading.join(_READ_SECONDS)

    def stop(self) -> None:
        """Stop the web server and the Slack connection, after they have finished current requests."""
        self.web.stop()
        if self._slack is not None:
            self._slack.stop()


def _transport(watcher: Watcher) -> SlackSocket | SlackHttp | None:
    """The transport by which Slack's clicks arrive; None if Slack is no desk, or people decide by reactions alone."""
    deps = watcher.pipeline.deps
    if not isinstance(deps.desk, SlackDesk) or not (watcher.settings.takes_clicks or watcher.settings.many_workspaces):
        return None
    return make_transport(watcher.settings, deps.desk, watcher.people_of, watcher.proposals, watcher.store, deps.clock)


def status_of(watcher: Watcher) -> StatusView:
    """The status of the deployment for the foot of every web page: last run, what waits, alarms, and so on."""
    deps = watcher.pipeline.deps
    catalog, proposals = str(watcher.settings.catalog), deps.store.proposals.count_open()
    troubles = [words.trouble(failure.error) for failure in deps.store.catalog.push_failures()]
    last = deps.store.catalog.last_push()
    pushed = (troubles or [words.pushed(last) if last else ""])[0]
    alarms = tuple(alarm_told(f"{alarm.kind}: {alarm.detail}") for alarm in deps.store.monitoring.standing_alarms())
    others = [topic for topic in deps.options.topics if deps.document_of(topic.slug) is not deps.document]
    read_at = tuple((topic.title, address_of(topic.slug)) for topic in others)
    return StatusView(deps.store.runs.last(), deps.waiting(), catalog, proposals, pushed, alarms, read_at)


def readiness_problems(watcher: Watcher) -> list[str]:
    """The problems that keep the deployment from working (database, configuration), one line each, for the endpoint
    /ready. The command `doctor` says more.
    """
    reasons = [migrations.lag(watcher.store.database)]
    try:
        check(watcher.settings)
    except ConfigError:
        reasons.append("the configuration contradicts itself")
    return [reason for reason in reasons if reason]
