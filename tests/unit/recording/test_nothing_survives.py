"""What an export writes holds no value that was recorded, in whatever form."""

from __future__ import annotations

import hashlib
import json

import pytest

from gateway.recording.anonymise import anonymised
from gateway.recording.exchange import Exchange
from gateway.recording.kinds import Value
from gateway.recording.rules import Rules, read
from tests.unit.recording.planted import ROOT, SCHEMAS, Planter, exchanges, survivors

AGENCIES = [
    *("land_registry", "tax", "civil_registry", "electricity"),
    *("water", "open", "one_stop", "manual", "_template"),
]
KEY = bytes(range(32))


def rules_of(agency: str) -> Rules:
    return read(ROOT / "gateway/adapters" / agency, sorted(SCHEMAS.glob(f"{agency}*")))


def planter_of(rules: Rules) -> Planter:
    def spare(path: tuple[str, ...], value: object) -> bool:
        """Amounts of money are kept by design."""
        return not isinstance(value, str) and rules.of(path) is Value.AMOUNT

    return Planter(spare)


def written(told: tuple[Exchange, ...]) -> list[bytes]:
    lines = [json.dumps(one.as_json(), ensure_ascii=False).encode() for one in told]
    return [*lines, *(one.body for one in told), *(one.answer for one in told)]


@pytest.mark.parametrize("agency", AGENCIES)
def test_no_value_of_any_field_survives(agency: str) -> None:
    rules = rules_of(agency)
    planter = planter_of(rules)
    recorded = exchanges(agency, planter)
    told = anonymised(recorded, rules, KEY)
    assert len(told.exchanges) == len(recorded) > 0
    assert len(planter.marks) > 20
    assert survivors(planter, written(told.exchanges)) == []


@pytest.mark.parametrize("agency", AGENCIES)
def test_every_mark_is_found_in_what_was_recorded(agency: str) -> None:
    planter = planter_of(rules_of(agency))
    recorded = exchanges(agency, planter)
    missed = set(planter.marks) - set(survivors(planter, written(tuple(recorded))))
    spoken = {mark for mark in planter.marks if mark not in missed}
    assert len(spoken) > 0.9 * len(planter.marks)


@pytest.mark.parametrize("agency", AGENCIES)
def test_no_hash_of_a_file_survives(agency: str) -> None:
    rules = rules_of(agency)
    planter = planter_of(rules)
    recorded = exchanges(agency, planter)
    text = b"".join(written(anonymised(recorded, rules, KEY).exchanges))
    hashes = [hashlib.sha256(one).hexdigest().encode() for one in planter.files]
    assert [one for one in hashes if one in text] == []
