import asyncio
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
import sqlalchemy as sa

from tests.adapters.desks.web.conftest import Reader, Serving, Visit
from tests.fakes import NOON, MemoryCuration
from watcher.adapters.desks.web.guard import MAX_BODY, MAX_FORM, Attempt, SignIn, own_page
from watcher.adapters.desks.web.site import WebServer, build_site
from watcher.adapters.store import SqlStore
from watcher.adapters.store import tables as t
from watcher.domain.curation.card import Card
from watcher.domain.errors import ConfigError

SECRET = "correct horse battery"
APPROVE = {"verdict": "approve"}


class Hands:
    """A clock that tests turn by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 6, 29, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def locked(serving: Serving, hands: Hands) -> WebServer:
    return serving(secret=SECRET, now=hands)


def sign_in(reader: Reader, secret: str, **fields: str) -> httpx2.Response:
    token = reader.token("/sign-in")
    return reader.http.post("/sign-in", data={"csrf": token, "secret": secret, **fields})


# --- forms -----------------------------------------------------------------------------------------


def test_a_form_without_the_session_token_is_refused(reader: Reader, curation: MemoryCuration) -> None:
    reader.get("/")
    for token in ({}, {"csrf": ""}, {"csrf": "x" * 27}):
        assert reader.http.post("/card/3/decide", data={**APPROVE, **token}).status_code == 403
    assert curation.recorded == []


def test_a_token_of_another_session_is_refused(
    visit: Visit, desk: WebServer, reader: Reader, curation: MemoryCuration
) -> None:
    stolen = visit(desk).token()
    reader.get("/")
    assert reader.http.post("/card/3/decide", data={**APPROVE, "csrf": stolen}).status_code == 403
    assert curation.recorded == []


def test_a_token_without_its_cookie_is_refused(desk: WebServer, reader: Reader, curation: MemoryCuration) -> None:
    token = reader.token()
    assert httpx2.post(f"{desk.url}/card/3/decide", data={**APPROVE, "csrf": token}).status_code == 403
    assert curation.recorded == []


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": "null"},
        {"origin": "http://["},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_from_elsewhere_is_refused_even_with_a_token(
    reader: Reader, curation: MemoryCuration, headers: dict[str, str]
) -> None:
    assert reader.post("/card/3/decide", APPROVE, **headers).status_code == 403
    assert curation.recorded == []


def test_the_sites_own_form_is_accepted(reader: Reader, desk: WebServer, curation: MemoryCuration) -> None:
    own = {"origin": desk.url, "sec-fetch-site": "same-origin"}
    assert reader.post("/card/3/decide", APPROVE, **own).status_code == 200
    assert len(curation.recorded) == 1


def test_a_decision_cannot_be_made_by_following_a_link(reader: Reader, curation: MemoryCuration) -> None:
    assert reader.get("/card/3/decide?verdict=approve").status_code == 405
    assert curation.recorded == []


def test_a_body_over_the_limit_is_refused(reader: Reader, curation: MemoryCuration) -> None:
    answer = reader.post("/card/3/decide", {**APPROVE, "reason": "x" * MAX_FORM})
    assert answer.status_code == 413
    assert "大きすぎます" in answer.text
    assert curation.recorded == []


def test_an_endless_body_is_cut_off(reader: Reader, curation: MemoryCuration) -> None:
    def endless() -> Iterator[bytes]:
        yield f"verdict=approve&csrf={reader.token()}&reason=".encode()
        for _ in range(16):
            yield b"x" * (MAX_BODY // 8)

    form = {"content-type": "application/x-www-form-urlencoded"}
    assert reader.http.post("/card/3/decide", content=endless(), headers=form).status_code == 413
    assert curation.recorded == []


def test_a_body_that_is_no_form_is_refused(reader: Reader, curation: MemoryCuration) -> None:
    token = reader.token()
    assert reader.http.post("/card/3/decide", json={**APPROVE, "csrf": token}).status_code == 415
    assert curation.recorded == []


# --- every answer ----------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", ""])
def test_another_host_name_is_refused(reader: Reader, host: str) -> None:
    answer = reader.get("/", host=host)
    assert answer.status_code == 400
    assert "data-paper" not in answer.text


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "[::1]:8000", "desk.example.org"])
def test_loopback_and_configured_names_are_accepted(visit: Visit, serving: Serving, host: str) -> None:
    reader = visit(serving(hosts=["desk.example.org"]))
    assert reader.get("/", host=host).status_code == 200


@pytest.mark.parametrize("path", ["/", "/card/1", "/card/1/edit", "/nowhere", "/health", "/static/desk.css"])
def test_every_answer_is_inert_and_unframed(reader: Reader, path: str) -> None:
    headers = reader.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/", "/card/1", "/card/1/edit", "/nowhere"])
def test_no_page_needs_inline_code_or_another_server(reader: Reader, cards: list[Card], path: str) -> None:
    text = reader.get(path).text
    assert not re.search(r"<script(?! src=\"/static/)|<style|\sstyle=|\son[a-z]+=", text)
    links = {card.candidate.paper.url for card in cards}
    outside = set(re.findall(r'(?:src|href)="(https?:[^"]+)"', text))
    assert not [url for url in outside if not url.startswith("https://arxiv.org/abs/")]
    assert links <= outside or path != "/"


def test_pages_are_never_stored_by_caches(reader: Reader) -> None:
    assert reader.get("/").headers["cache-control"] == "no-store"


def test_health_is_plain_and_needs_no_sign_in(visit: Visit, locked: WebServer) -> None:
    assert visit(locked).get("/health").text == "ok"


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/card/3", "/card/3"),
        ("/card/3/edit", "/card/3/edit"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/card/3\n", "/"),
        ("/sign-out", "/"),
    ],
)
def test_redirects_lead_to_pages_of_this_site_only(path: str, leads_to: str) -> None:
    assert own_page(path) == leads_to


# --- the session and sign-in -----------------------------------------------------------------------


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(reader: Reader) -> None:
    cookie = reader.get("/").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie


@pytest.mark.parametrize(("scheme", "secure"), [("https", True), ("wss", True), ("http", False), ("ws", False)])
def test_behind_https_the_cookie_is_secure(reader: Reader, scheme: str, secure: bool) -> None:
    answer = reader.get("/", **{"x-forwarded-proto": scheme})
    assert answer.status_code == 200
    assert ("secure" in answer.headers["set-cookie"].lower()) is secure


def test_an_arrival_from_another_site_does_not_replace_the_session(reader: Reader) -> None:
    # SameSite=Strict: the browser holds the cookie back, so the server must not set a new one.
    arrival = httpx2.get(reader.http.base_url.join("/card/3"), headers={"sec-fetch-site": "cross-site"})
    assert "set-cookie" not in arrival.headers
    assert 'content="0;url=/card/3"' in arrival.text
    assert "data-paper" not in arrival.text


@pytest.mark.endurance
def test_two_desks_on_one_host_keep_their_sessions_apart(visit: Visit, serving: Serving) -> None:
    names = {visit(serving(hosts=())).get("/").headers["set-cookie"].partition("=")[0] for _ in range(2)}
    assert len(names) == 2


def test_nothing_is_shown_before_sign_in(visit: Visit, locked: WebServer, curation: MemoryCuration) -> None:
    reader = visit(locked)
    for path in ("/", "/card/3", "/card/3/edit", "/?done=3", "/nowhere"):
        answer = reader.get(path)
        assert answer.url.path == "/sign-in"
        assert "data-paper" not in answer.text
    token = reader.token("/sign-in")
    answer = reader.http.post("/card/3/decide", data={**APPROVE, "csrf": token})
    assert answer.url.path == "/sign-in"
    assert curation.recorded == []


def test_the_right_secret_opens_the_page_that_was_asked_for(visit: Visit, locked: WebServer) -> None:
    reader = visit(locked)
    assert 'name="next" value="/card/3"' in reader.get("/card/3").text
    answer = sign_in(reader, SECRET, next="/card/3")
    assert answer.url.path == "/card/3"
    assert reader.get("/").url.path == "/"


def test_a_wrong_secret_opens_nothing(visit: Visit, locked: WebServer) -> None:
    reader = visit(locked)
    for wrong in ("", SECRET.upper(), SECRET + " ", "合言葉"):
        assert sign_in(reader, wrong).status_code == 403
    assert reader.get("/").url.path == "/sign-in"


@pytest.mark.endurance
def test_guessing_is_slowed_down_and_forgiven_later(visit: Visit, locked: WebServer, hands: Hands) -> None:
    reader = visit(locked)
    assert [sign_in(reader, "wrong").status_code for _ in range(6)] == [403] * 5 + [429]
    hands.at += timedelta(minutes=5)
    assert sign_in(reader, "wrong").status_code == 403


@pytest.mark.endurance
@pytest.mark.parametrize("forwarded", ["203.0.113.{}", "203.0.113.7"])
def test_whoever_guesses_through_a_proxy_locks_nobody_out(visit: Visit, locked: WebServer, forwarded: str) -> None:
    guesser, reader = visit(locked), visit(locked)
    token = guesser.token("/sign-in")
    for number in range(95 if "{}" in forwarded else 8):
        headers = {"x-forwarded-for": forwarded.format(number // 5)}
        answer = guesser.http.post("/sign-in", data={"csrf": token, "secret": f"guess {number}"}, headers=headers)
        assert answer.status_code in {403, 429}

    token = reader.token("/sign-in")
    for address in ("203.0.113.7", "203.0.113.200"):
        headers = {"x-forwarded-for": address}
        answer = reader.http.post("/sign-in", data={"csrf": token, "secret": SECRET}, headers=headers)
        assert answer.status_code == 200
        token = reader.token("/")


def attempts(secrets: list[tuple[str, str]], pause: float) -> list[Attempt]:
    """What becomes of attempts that are all made at once, `pause` seconds apart where they take turns."""
    gate = SignIn(SECRET, Hands(), pause)

    async def all_of_them() -> list[Attempt]:
        return await asyncio.gather(*(gate.attempt(given, address) for given, address in secrets))

    return asyncio.run(all_of_them())


def test_attempts_beyond_the_free_ones_take_turns_whatever_address_they_claim() -> None:
    began = time.monotonic()
    found = attempts([("guess", f"10.0.{number}.1") for number in range(110)], 0.02)

    assert found == [Attempt.WRONG] * 100 + [Attempt.THROTTLED] * 10
    assert time.monotonic() - began >= 10 * 0.02


def test_a_flood_of_one_address_leaves_room_for_another_to_get_in() -> None:
    flood = [("guess", "10.0.0.1")] * 500
    found = attempts([*flood, *[("guess", f"10.1.{number}.1") for number in range(95)], (SECRET, "10.9.9.9")], 0.01)

    assert found[-1] is Attempt.RIGHT
    assert found.count(Attempt.WRONG) == 100


def test_sign_in_starts_a_new_session(visit: Visit, locked: WebServer) -> None:
    reader = visit(locked)
    before = reader.token("/sign-in")
    sign_in(reader, SECRET)
    assert reader.token("/") != before


def test_sign_out_closes_the_desk_again(visit: Visit, locked: WebServer) -> None:
    reader = visit(locked)
    sign_in(reader, SECRET)
    reader.post("/sign-out", {})
    assert reader.get("/").url.path == "/sign-in"


def test_the_cookie_of_a_session_that_was_signed_out_opens_nothing_even_after_a_restart(
    visit: Visit, serving: Serving, store: SqlStore
) -> None:
    first, second = (serving(secret=SECRET, sessions=store.desks) for _ in range(2))
    reader = visit(first)
    sign_in(reader, SECRET)
    kept = "; ".join(f"{name}={value}" for name, value in reader.http.cookies.items())
    other = visit(first)
    sign_in(other, SECRET)
    assert visit(second).get("/", cookie=kept).url.path == "/"

    reader.post("/sign-out", {})

    for again in (first, second):
        assert visit(again).get("/", cookie=kept).url.path == "/sign-in"
        assert visit(again).get("/card/3", cookie=kept).url.path == "/sign-in"
    assert other.get("/").url.path == "/", "another session of the same reader goes on"


def test_what_is_kept_of_an_ended_session_opens_none_and_is_forgotten(store: SqlStore) -> None:
    store.desks.end_session("session", NOON)
    store.desks.end_session("session", NOON)
    with store.database.read() as connection:
        (kept,) = connection.execute(sa.select(t.ended_sessions)).all()
    assert "session" not in kept.session
    assert store.desks.has_ended("session")

    store.desks.end_session("other", NOON + timedelta(days=16))

    assert not store.desks.has_ended("session")


@pytest.mark.endurance
def test_a_session_outlives_a_restart_only_under_the_same_secret(
    visit: Visit, serving: Serving, locked: WebServer
) -> None:
    reader = visit(locked)
    sign_in(reader, SECRET)
    cookies = "; ".join(f"{name}={value}" for name, value in reader.http.cookies.items())
    same, changed = serving(secret=SECRET), serving(secret="another long secret")
    assert visit(same).get("/", cookie=cookies).url.path == "/"
    assert visit(changed).get("/", cookie=cookies).url.path == "/sign-in"


def test_a_short_secret_is_refused(curation: MemoryCuration) -> None:
    with pytest.raises(ConfigError, match="WATCHER_WEB_SECRET"):
        build_site(curation, secret="short")
    with pytest.raises(ConfigError) as caught:
        build_site(curation, secret="abc123xyz")
    assert "abc123xyz" not in str(caught.value)
