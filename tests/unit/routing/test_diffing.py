"""Two versions of the configuration told apart, value by value, without a secret."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from gateway.routing.diffing import (
    HIDDEN,
    Entry,
    Value,
    What,
    counted,
    differing,
    masked,
)
from gateway.wiring.files import read_folder

CONTENT = read_folder(Path(__file__).parents[3] / "config")


def changed() -> dict[str, Any]:
    return copy.deepcopy(CONTENT)


def test_the_same_content_has_no_difference() -> None:
    assert differing(CONTENT, changed()) == []


def test_an_office_that_changes_names_the_value_and_both_its_states() -> None:
    after = changed()
    (tax,) = (one for one in after["agencies"] if one["agency"]["id"] == "tax")
    office = tax["office"][0]
    before = office.get("name")
    office["name"] = "Thuế cơ sở khác (ví dụ)"
    (found,) = differing(CONTENT, after)
    assert found == Entry(
        What.CHANGED,
        "office",
        office["id"],
        office["name"],
        (Value("name", before, office["name"]),),
    )


def test_what_was_added_and_removed_is_told_whole() -> None:
    after = changed()
    gone = after["rules"].pop(0)
    after["procedures"].append({"code": "9", "version": "1", "leg": [{"name": "a"}]})
    found = {(one.kind, one.code): one for one in differing(CONTENT, after)}
    assert found["rule", gone["id"]].what is What.REMOVED
    assert all(value.after is None for value in found["rule", gone["id"]].values)
    added = found["procedure", "9@1"]
    assert added.what is What.ADDED
    assert Value("leg[a].name", None, "a") in added.values


def test_a_row_more_in_a_list_moves_no_other_row() -> None:
    before = {"procedures": [{"code": "1", "version": "1", "leg": [{"name": "b"}]}]}
    after = copy.deepcopy(before)
    after["procedures"][0]["leg"].insert(0, {"name": "a"})  # type: ignore[attr-defined]
    (found,) = differing(before, after)
    assert found.values == (Value("leg[a].name", None, "a"),)


def test_nothing_that_changes_is_left_out() -> None:
    """Each key of the content by itself, those that nobody has thought of, too."""
    for key in CONTENT:
        if not CONTENT[key]:
            continue
        after = {name: value for name, value in changed().items() if name != key}
        assert differing(CONTENT, after), key
        assert differing(after, CONTENT), key
    assert differing(CONTENT, {**CONTENT, "new": {"a": 1}})[0].code == "new"
    doubled = {**CONTENT, "rules": [*CONTENT["rules"], CONTENT["rules"][0]]}
    assert len(differing(CONTENT, doubled)) == 1


@pytest.mark.parametrize(
    "content",
    [{}, {"rules": 5}, {"rules": [1, "x", None]}, {"agencies": [{"office": "x"}]},
     {"calendar": []}, {"agencies": [{"agency": 3, "office": [{}]}]}],
)  # fmt: skip
def test_contents_of_no_form_are_compared_as_well(content: dict[str, Any]) -> None:
    differing({}, content)
    differing(content, CONTENT)
    counted(content)


@pytest.mark.parametrize(
    ("path", "value", "shown"),
    [
        ("land.client_secret", "abc", HIDDEN),
        ("password", "abc", HIDDEN),
        ("hook[1].token", "abc", HIDDEN),
        ("api_key", "abc", HIDDEN),
        ("key", "abc", HIDDEN),
        ("token", "", ""),
        ("keyboard", "abc", "abc"),
        ("url", "https://u:p@h/x", f"https://{HIDDEN}@h/x"),
        ("url", "https://h/x@y", "https://h/x@y"),
    ],
)
def test_secrets_are_not_shown(path: str, value: str, shown: str) -> None:
    assert masked(path, value) == shown
    before = {"platforms": [{"id": "p"}]}
    after: dict[str, Any] = {
        "platforms": [{"id": "p", path.rsplit(".", maxsplit=1)[-1]: value}]
    }
    if shown == HIDDEN and "[" not in path:
        (found,) = differing(before, after)
        assert found.values[0].after == HIDDEN


def test_entries_are_counted_by_kind() -> None:
    found = counted(CONTENT)
    assert found["procedure"] == len(CONTENT["procedures"])
    assert found["office"] == sum(len(one["office"]) for one in CONTENT["agencies"])
