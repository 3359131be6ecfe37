from tests.cards import card, recorded_digest
from tests.fakes import NOON
from watcher.adapters.desks.web.desk import WebDesk
from watcher.ports import Desk


def test_posting_gives_the_same_ref_however_often_it_is_done() -> None:
    desk: Desk = WebDesk()
    key = card().candidate.key
    refs = {desk.send(key, card()), desk.send(key, card())}
    assert refs == {"web/llm-x-world-models/arxiv:2606.27483"}
    assert desk.find(key, NOON) is None
    assert desk.send(recorded_digest().key, recorded_digest()) == "web/digest/llm-x-world-models/2026-06-29"
