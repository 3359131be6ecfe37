from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.domain.errors import BadReply
from watcher.domain.replies import read_object


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "b"}',
        '```json\n{"a": "b"}\n```',
        'Sure! {"a": "b"} Anything else?',
        '<think>{"a": "draft"} or {"a": "c"}?</think>{"a": "b"}',
        'A set like {x} …</think>\n{"a": "b"}',
        '<think>tags like </think> end thoughts {x}</think>{"a": "b"}',
    ],
)
def test_the_object_is_found_whatever_stands_around_it(text: str) -> None:
    assert read_object(text, "stop", "a") == {"a": "b"}


def test_a_tag_inside_the_answer_is_a_part_of_it() -> None:
    text = '{"quote": "emit <think> and </think> tokens"}'
    assert read_object(text, "stop", "quote") == {"quote": "emit <think> and </think> tokens"}


@pytest.mark.parametrize(
    ("text", "finish", "words"),
    [
        ("", "stop", "empty"),
        ("no idea", "stop", "no JSON object"),
        ('{"a": "b"', "length", r"not JSON.*finish: length"),
        ('{"a": {"b": 1}', "length", "not JSON"),
        ('{"a": 1, "a": 2}', "stop", "twice"),
        ('<think>{"a": 1}', "length", "inside a thought"),
        ('{"a": 1}', "refusal", r"did not answer \(refusal\)"),
        ('{"a": 1}', "content_filter", "did not answer"),
    ],
)
def test_an_answer_that_is_no_whole_object_is_refused_with_the_reason(text: str, finish: str, words: str) -> None:
    with pytest.raises(BadReply, match=words):
        read_object(text, finish, "a")


@settings(deadline=None)  # the machine may be busy
@given(st.text(alphabet='{}[]"\\:,a1 <think>/`-.eE\n\ud800', max_size=60))
def test_no_text_raises_anything_else(text: str) -> None:
    with contextlib.suppress(BadReply):
        assert isinstance(read_object(text, "stop", "a", "1"), dict)
