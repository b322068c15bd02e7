"""No decoder without a fuzzer: what takes bytes apart is fed, or says why it need not be."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.fuzz import decoders
from tests.fuzz.targets import TARGETS

_TABLE = tomllib.loads(Path(__file__).with_name("decoders.toml").read_text("utf-8"))
FED: dict[str, str] = _TABLE["fed"]
OURS: dict[str, str] = _TABLE["ours"]
#: Seeds of one target that are fed until everything was entered that is said to be.
MOST_SEEDS = 3_000


def _is_ours(name: str) -> bool:
    return any(name == one or name.startswith((f"{one}.", f"{one}:")) for one in OURS)


def test_whatever_takes_bytes_apart_is_fed_or_says_why_not() -> None:
    found = decoders.found()
    assert len(found) > 200
    assert sorted(one for one in found if one not in FED and not _is_ours(one)) == []


def test_what_is_listed_is_there() -> None:
    found = decoders.found()
    assert sorted(set(FED) - found) == []
    gone = [
        one
        for one in OURS
        if not any(
            name.startswith((f"{one}.", f"{one}:")) or name == one for name in found
        )
    ]
    assert gone == []
    assert all(OURS.values())


def test_a_new_decoder_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    new = tmp_path / "new.py"
    new.write_text(
        "import csv\nfrom gateway.validation.xml import parse as read\n"
        "class A:\n    def b(self, x):\n        return read(x)\n"
        "def c(x):\n    return csv.reader(x)\n"
    )
    monkeypatch.setattr(decoders, "_sources", lambda: [("gateway.new", new)])
    assert decoders.found.__wrapped__() == {"gateway.new:A.b", "gateway.new:c"}


@pytest.mark.parametrize("name", sorted({*FED.values()}))
def test_a_target_enters_what_it_is_said_to_feed(name: str) -> None:
    wanted = {one for one, by in FED.items() if by == name}
    entered = decoders.Entered()
    for seed in TARGETS[name].seeds()[:MOST_SEEDS]:
        with entered.looking():
            TARGETS[name].feed(seed)
        if wanted <= entered.names:
            break
    assert sorted(wanted - entered.names) == []
