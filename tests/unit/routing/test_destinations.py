"""What of a configuration moves messages elsewhere, and what does not."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.routing.destinations import Destination, moved
from gateway.wiring.files import read_folder

CONTENT = read_folder(Path(__file__).parents[3] / "config")
KEYS = st.text(min_size=1, max_size=12)
HARMLESS = ("name", "silence_days", "lane", "hours", "contact", "step", "case", "area")


def office_of(content: dict[str, Any], code: str) -> dict[str, Any]:
    for agency in content["agencies"]:
        for office in agency["office"]:
            if office["id"] == code:
                found: dict[str, Any] = office
                return found
    raise AssertionError(code)


def changed(code: str, **values: Any) -> dict[str, Any]:
    content = copy.deepcopy(CONTENT)
    office_of(content, code).update(values)
    return content


def test_the_same_moves_nothing() -> None:
    assert any(agency["office"] for agency in CONTENT["agencies"])
    assert moved(CONTENT, copy.deepcopy(CONTENT)) == []


@pytest.mark.parametrize("key", HARMLESS)
def test_words_limits_and_tables_of_codes_move_nothing(key: str) -> None:
    assert moved(CONTENT, changed("land-mau-1", **{key: "khác"})) == []


@given(key=KEYS, value=st.one_of(st.text(), st.integers(), st.lists(st.text())))
def test_a_key_that_nobody_knows_counts(key: str, value: Any) -> None:
    """What a dialect will read some day counts until somebody says that it does not."""
    key = f"key-{key}"
    found = moved(CONTENT, changed("tax-mau-1", **{key: value}))
    assert found == [Destination("office", "tax-mau-1", (key,))]


def test_a_key_that_is_taken_out_counts() -> None:
    with_key = changed("land-mau-1", client_spki=["0" * 64])
    (found,) = moved(with_key, CONTENT)
    assert (found.code, found.keys) == ("land-mau-1", ("client_spki",))


REVOKED = (
    ("networks", ["10.0.0.0/8", "10.1.0.0/16"], ["10.1.0.0/16"]),
    ("networks", ["10.0.0.0/8"], None),
    ("client_spki", ["a", "b"], ["b"]),
    ("callback_keys", ["a", "b"], ["a"]),
    ("oauth", {"secret_sha256": ["a", "b"]}, {"secret_sha256": ["b"]}),
    ("oauth", {"secret_sha256": ["a"], "keys": ["k"]}, {"keys": ["k"]}),
)


@pytest.mark.parametrize(("key", "was", "will"), REVOKED)
def test_a_key_that_somebody_else_has_is_revoked_by_one(
    key: str, was: Any, will: Any
) -> None:
    """With fewer nobody new is believed; the way back needs two."""
    before = changed("land-mau-1", **{key: was})
    after = changed("land-mau-1", **({key: will} if will is not None else {}))
    assert moved(before, after) == []
    (found,) = moved(after, before)
    assert found.keys == (key,)


@pytest.mark.parametrize(
    ("key", "was", "will"),
    [
        ("client_spki", ["a"], []),
        ("callback_keys", ["a"], []),
        ("networks", ["10.0.0.0/8"], "10.0.0.0/8"),
        ("oauth", {"secret_sha256": ["a"], "scopes": ["read"]}, {"scopes": []}),
        ("oauth", {"secret_sha256": ["a"], "life_s": 9}, {"secret_sha256": ["a"]}),
    ],
)
def test_what_leaves_nothing_to_be_checked_counts(
    key: str, was: Any, will: Any
) -> None:
    before = changed("land-mau-1", **{key: was})
    (found,) = moved(before, changed("land-mau-1", **{key: will}))
    assert found.keys == (key,)


def test_an_office_that_is_taken_out_leads_nowhere() -> None:
    less = copy.deepcopy(CONTENT)
    for agency in less["agencies"]:
        agency["office"] = [o for o in agency["office"] if o["id"] != "land-mau-2"]
    assert moved(CONTENT, less) == []
    (back,) = moved(less, CONTENT)
    assert (back.kind, back.code) == ("office", "land-mau-2")


def test_an_office_under_another_agency_counts() -> None:
    other = copy.deepcopy(CONTENT)
    agencies = {one["agency"]["id"]: one for one in other["agencies"]}
    office = agencies["police"]["office"].pop(0)
    agencies["insurance"]["office"].append(office)
    (found,) = moved(CONTENT, other)
    assert (found.code, found.keys) == (office["id"], ("agency",))


def test_what_an_agency_speaks_and_where_a_platform_is_count() -> None:
    other = copy.deepcopy(CONTENT)
    other["agencies"][0]["agency"]["speaks"] = "manual"
    other["platforms"] = [{"id": "lgsp", "address": "https://lgsp.example"}]
    code = other["agencies"][0]["agency"]["id"]
    found = moved(CONTENT, other)
    assert Destination("agency", code, ("speaks",)) in found
    assert Destination("platform", "lgsp", ("address", "id")) in found
    renamed = copy.deepcopy(other)
    renamed["platforms"][0]["name"] = "Nền tảng (ví dụ)"
    assert moved(other, renamed) == []
