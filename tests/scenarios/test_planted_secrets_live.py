"""Secrets are planted in a shared deployment at work: no message, page, figure, file, log or table of it tells one."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.adapters.desks.web.conftest import Reader
from tests.scenarios.conftest import RELEVANT, Deployment
from tests.scenarios.slack import cards
from tests.servers.llm import LlmServer, failing
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, HANA, LocalSlack, eventually
from tests.servers.slack_proxy import SlackProxy

DATABASE_PASSWORD = "planted0database0password"
PLANTED = {
    "OPENAI_API_KEY": "sk-planted-model-0123456789",
    "GITHUB_TOKEN": "ghp_planted0github0123456789",
    "S2_API_KEY": "planted-figures-key",
    "OPENALEX_API_KEY": "planted-openalex-key",
    "SLACK_OAUTH_CLIENT_SECRET": "planted0client0secret",
    "WATCHER_SECRET_KEY": "cGxhbnRlZC1maXJzdC1rZXktb2YtdGhpcnR5LXR3by0=,cGxhbnRlZC1zZWNvbmQta2V5LW9mLTMyLWJ5dGVzLS0=",
    "WATCHER_WEB_SECRET": "planted web secret",
    "WATCHER_METRICS_TOKEN": "planted-metrics-token",
    "WATCHER_PING_URL": "http://127.0.0.1:9/planted-ping-address",
}
SECRETS = [*",".join(PLANTED.values()).split(","), BOT_TOKEN, APP_TOKEN, DATABASE_PASSWORD]
PAGES = (
    "/",
    "/log",
    "/card/1",
    "/card/1/edit",
    "/proposals",
    "/audit",
    "/report",
    "/catalog",
    "/catalog.json",
    "/nowhere",
)


def tables(url: str) -> dict[str, str]:
    """Every table of a database that is not PostgreSQL's own, the queue's included, as text."""
    with psycopg.connect(url) as connection:
        named = connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_schema not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        return {
            f"{schema}.{name}": str(
                connection.execute(sql.SQL("select t::text from {} t").format(sql.Identifier(schema, name))).fetchall()
            )
            for schema, name in named
        }


def pages_of(url: str) -> dict[str, str]:
    """What a reader and a server of figures are shown."""
    reader = Reader(url)
    with reader.http:
        reader.http.post(
            "/sign-in",
            data={"csrf": reader.token("/sign-in"), "secret": PLANTED["WATCHER_WEB_SECRET"], "name": "hana"},
        )
        shown = {path: reader.get(path).text for path in PAGES}
        bearer = f"Bearer {PLANTED['WATCHER_METRICS_TOKEN']}"
        return shown | {"/metrics": reader.get("/metrics", Authorization=bearer).text}


@pytest.mark.endurance
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_no_planted_secret_leaves_a_deployment_at_work(
    live: Deployment, database_url: str, llm: LlmServer, slack: LocalSlack, proxy: SlackProxy
) -> None:
    url = database_url.replace("postgres:@", f"postgres:{DATABASE_PASSWORD}@")
    assert url != database_url
    live.env |= {**PLANTED, "DATABASE_URL": url, "WATCHER_QUEUE": "postgresql", "WATCHER_LOG": "debug"}
    llm.always(failing(400, None, f"you sent {' '.join(SECRETS)} to {url}"))
    process = live.start("serve", "--port", "0")
    log = live.folder / "serve.log"
    try:
        eventually(slack.posts, 90)
        llm.reset()
        ran = live("run", "--json")
        eventually(lambda: set(cards(slack)) == RELEVANT)
        slack.click(cards(slack)["2606.27483"]["ts"], "approve", HANA)
        eventually(lambda: "abs/2606.27483" in live.catalog.read_text(encoding="utf-8"))
        found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text(encoding="utf-8"))
        assert found
        shown = pages_of(found[0])
        backup = live.folder / "backup.jsonl.gz"
        told = {
            line: live(*line.split())
            for line in ("status", "status --json", "doctor", "doctor --json", "check", "log", f"db backup {backup}")
        }
    finally:
        process.terminate()
        process.wait(30)

    everywhere: dict[str, Any] = {f"page {path}": text for path, text in shown.items()}
    everywhere |= {line: done.out + done.err for line, done in {**told, "run": ran}.items()}
    everywhere |= {f"table {name}": text for name, text in tables(database_url).items()}
    everywhere |= {f"to Slack, {n}, {method}": sent for n, (method, sent) in enumerate(proxy.sent)}
    everywhere |= {"in Slack": slack.messages(), "log": log.read_text(encoding="utf-8")}
    everywhere |= {"backup": gzip.decompress(backup.read_bytes()).decode()}
    everywhere |= {"catalog": live.catalog.read_text(encoding="utf-8") + live.git("log", "--patch")}
    text = {
        place: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for place, value in everywhere.items()
    }

    assert any("you sent" in said for place, said in text.items() if place.startswith("to Slack")), "in the digest"
    assert "you sent" in text["log"]
    assert "you sent" in text["backup"]
    assert "watcher_facts_total" in text["page /metrics"]
    assert "2606.27483" in text["page /"]
    assert any("watcher_queue" in place for place in text)
    assert any("metadata" in sent for _, sent in proxy.sent)
    assert {place: secret for place, said in text.items() for secret in SECRETS if secret in said} == {}
