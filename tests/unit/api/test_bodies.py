"""Bodies as senders write them: read once, never guessed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.bodies import MAX_DEPTH, as_object, object_without_nulls
from gateway.domain.errors import SenderError

NAMES = st.text(st.sampled_from('ab:"\\ đ{}'), max_size=4)
LEAVES = st.none() | st.booleans() | st.integers(-9, 9) | NAMES
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=4)


@given(
    OBJECTS, st.booleans(), st.sampled_from([(",", ":"), (", ", ": "), (" ,", " : ")])
)
def test_an_object_is_read_as_it_was_written(
    value: dict[str, Any], ascii_only: bool, separators: tuple[str, str]
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, separators=separators)
    assert as_object(text.encode()) == value


@given(OBJECTS.filter(bool), st.booleans(), st.sampled_from([":", " : ", "\n:\t"]))
def test_a_name_that_comes_twice_is_refused_however_it_is_written(
    value: dict[str, Any], ascii_only: bool, colon: str
) -> None:
    name = next(iter(value))
    text = json.dumps(value, ensure_ascii=ascii_only)
    again = json.dumps(name, ensure_ascii=not ascii_only)
    with pytest.raises(SenderError) as refused:
        as_object(f"{text[:-1]}, {again}{colon}1}}".encode())
    assert refused.value.code == "malformed_json"


@given(OBJECTS.filter(bool), st.integers(1, 5))
def test_a_name_that_comes_twice_deep_inside_is_refused(
    value: dict[str, Any], depth: int
) -> None:
    name = json.dumps(next(iter(value)))
    inner = f"{json.dumps(value)[:-1]}, {name}: 1}}"
    with pytest.raises(SenderError):
        as_object(('{"x": [' * depth + inner + "]}" * depth).encode())


@pytest.mark.parametrize("depth", [MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1])
def test_depth_is_refused_beyond_its_limit_and_not_before(depth: int) -> None:
    body = (b'{"a":' * (depth - 1)) + b"{}" + b"}" * (depth - 1)
    if depth <= MAX_DEPTH:
        assert as_object(body)
    else:
        with pytest.raises(SenderError):
            as_object(body)


def test_brackets_inside_text_are_no_depth() -> None:
    assert as_object(b'{"a": "' + b"[" * 1000 + b'"}')


@given(OBJECTS)
def test_nulls_are_absent_but_for_the_bag_of_the_sender(value: dict[str, Any]) -> None:
    value.pop("extension", None)
    bag = {"x": None, "y": value}
    body = json.dumps({**value, "extension": bag}).encode()
    read = object_without_nulls(body)
    assert read.pop("extension") == bag
    assert not _null_members(read)
    assert read == {k: v for k, v in read.items() if value[k] is not None}


def _null_members(value: Any) -> bool:
    if isinstance(value, dict):
        return any(v is None or _null_members(v) for v in value.values())
    return isinstance(value, list) and any(map(_null_members, value))
