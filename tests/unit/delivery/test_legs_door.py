"""No mapping reaches a field of another leg: every leg of every procedure, every field.

Not only the view is looked at: whatever can be reached from the message, by attributes,
items, closures and arguments of what can be called, is walked through.
"""

from __future__ import annotations

import functools
import json
import types
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from gateway.conformance.store_making import Bench
from gateway.delivery.assemble import assemble
from gateway.domain.identifiers import AttachmentId, DossierId, PayloadId, TransferId
from gateway.domain.transfer import Fate, State, Transfer
from gateway.ports.attachments import StoredAttachment
from gateway.ports.store import AttachmentLink, Claimed, DossierRow
from gateway.routing.versions import Versions
from gateway.vault.keyring import Keyring
from gateway.vault.local import LocalVault, _OpenKey
from gateway.wiring.files import read_folder
from gateway.wiring.stage import CONFIG, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.domain.procedure import Leg, Procedure

SCHEMA = json.loads((ROOT / "schemas/dossier/dossier-1.json").read_text("utf-8"))
#: Codes that the code itself reads; they are nobody's.
_PLAIN = {"originals": 1, "copies": 0}


@pytest.fixture(scope="module")
def versions() -> Versions:
    found = Versions()
    found.add(1, read_folder(CONFIG))
    return found


def whole_document() -> dict[str, Any]:
    """Every field of the schema, each with its own place as its value."""
    return {
        name: _value(inner, name)
        for name, inner in SCHEMA["properties"].items()
        if name != "extension"
    }


def _value(schema: dict[str, Any], place: str) -> Any:
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    field = place.rpartition(".")[2]
    if field in _PLAIN:
        return _PLAIN[field]
    if field == "attachment":
        return "a_1"
    if schema.get("type") == "array" or "items" in schema:
        return [_value(schema["items"], place)]
    if "properties" in schema:
        return {
            name: _value(inner, f"{place}.{name}")
            for name, inner in schema["properties"].items()
        }
    return f"⟦{place}⟧"


def places(value: Any) -> set[str]:
    """Places of all fields of a document."""
    if isinstance(value, dict):
        return set().union(*map(places, value.values()), set())
    if isinstance(value, list):
        return set().union(*map(places, value), set())
    text = str(value)
    return {text[1:-1]} if text.startswith("⟦") else set()


def seen(place: str, leg: Leg) -> bool:
    """Whether a leg may see a place: it is named, or lies within what is named."""
    return any(place == path or place.startswith(f"{path}.") for path in leg.sees)


def reached(start: object) -> Iterator[object]:
    """Everything that whoever has an object can get at."""
    known: set[int] = set()
    kept: list[object] = []
    waiting = [start]
    while waiting:
        one = waiting.pop()
        if id(one) in known or isinstance(one, (type, types.ModuleType)):
            continue
        known.add(id(one))
        kept.append(one)  # so that no identity is used twice
        yield one
        waiting += _behind(one)


def _behind(one: object) -> list[object]:
    if isinstance(one, dict):
        return [*one, *one.values()]
    if isinstance(one, (list, tuple, set, frozenset)):
        return list(one)
    if isinstance(one, functools.partial):
        return [one.func, *one.args, *one.keywords.values()]
    if isinstance(one, types.MethodType):
        return [one.__self__, one.__func__]
    if isinstance(one, types.FunctionType):
        cells = one.__closure__ or ()
        return [*(cell.cell_contents for cell in cells), *(one.__defaults__ or ())]
    if isinstance(one, (str, bytes, int, float)) or one is None:
        return []
    found = list(getattr(one, "__dict__", {}).values())
    for kind in type(one).__mro__:
        slots = getattr(kind, "__slots__", ())
        names = (slots,) if isinstance(slots, str) else slots
        found += [getattr(one, name) for name in names if hasattr(one, name)]
    return found


class Shelf:
    """Where files lie: knows no key and no dossier."""

    def open(self, stored: StoredAttachment, keys: object) -> None:
        raise NotImplementedError

    def at_once(self, stored: StoredAttachment, keys: object) -> None:
        raise NotImplementedError


@dataclass
class Ground:
    """What assembling needs, with everything of a dossier within its reach."""

    versions: Versions
    vault: LocalVault

    async def message(self, procedure: Procedure, leg: Leg) -> Any:
        bench = Bench(store=None)  # type: ignore[arg-type]
        case = bench.case(
            dossier_id=DossierId("d_1"),
            procedure=procedure.code,
            procedure_version=procedure.version,
            unit="UBND-VI-DU",
        )
        key = self.vault.new_key(case.dossier_id, case.unit)
        document = key.seal(
            PayloadId("p_1"), "document", json.dumps(whole_document()).encode()
        )
        stored = StoredAttachment(AttachmentId("a_1"), "ab" * 32, 3, "", b"")
        stored = key.take(self.vault.keep_file(stored, bytes(32)))
        tools: Any = SimpleNamespace(
            vault=self.vault, versions=self.versions, attachments=Shelf(), store=None
        )
        transfer = Transfer(
            id=TransferId("t_1"),
            dossier_id=case.dossier_id,
            agency=leg.agency,
            office=bench.transfer().office,
            leg=leg.name,
            conversation=leg.name,
            position=1,
            kind=bench.transfer().kind,
            state=State.SENDING,
            fate=Fate.NOT_LEFT,
            attempts=1,
            enquiries=0,
            created_at=bench.now,
            facts={"case": "K1"},
            payload=None,
            revision=1,
            due_at=None,
            ask_at=None,
            poll_at=None,
            lease_until=None,
            lease_by=None,
            finished_at=None,
            first_sent_at=None,
            cause=None,
            named_by=None,
        )
        link = AttachmentLink(stored, "input", b"", b"")
        row = DossierRow(case, key.wrapped, PayloadId("p_1"))
        return await assemble(tools, Claimed(transfer, row, (), document, (link,)))


@pytest.fixture
def ground(versions: Versions, tmp_path: Path) -> Ground:
    keyring = Keyring.open(tmp_path / "keys", may_create=True)
    return Ground(versions, LocalVault(keyring))


def told(message: object) -> tuple[set[str], list[object]]:
    """Places that can be read from a message, and keys that can be reached from it."""
    read: set[str] = set()
    keys: list[object] = []
    for one in reached(message):
        if isinstance(one, str):
            read |= places(one)
        if isinstance(one, (_OpenKey, LocalVault, Keyring)):
            keys.append(one)
    return read, keys


def test_the_schema_gives_a_document_with_every_block() -> None:
    found = places(whole_document())
    assert len(found) > 120
    assert {"applicant.identity.number", "owners.phone", "death"} - found == {"death"}


async def test_no_leg_reaches_a_field_that_is_not_its_own(ground: Ground) -> None:
    everything = places(whole_document())
    tried = hidden = 0
    for procedure in ground.versions.current.procedures:
        for leg in procedure.legs:
            read, keys = told(await ground.message(procedure, leg))
            allowed = {place for place in everything if seen(place, leg)}
            assert read == allowed, (procedure.code, leg.name, read ^ allowed)
            assert keys == [], (procedure.code, leg.name)
            tried += 1
            hidden += len(everything - allowed)
    assert tried > 20
    assert hidden > 1_000


async def test_a_leg_that_sees_everything_does_reach_it_all(ground: Ground) -> None:
    """The control: the same walk finds what is there."""
    procedure = ground.versions.current.procedures[0]
    document = whole_document()
    wide = replace(procedure.legs[0], sees=tuple(document))
    opened = replace(procedure, legs=(wide, *procedure.legs[1:]))
    ground.versions = SimpleNamespace(procedure_of=lambda _: opened)  # type: ignore[assignment]
    read, keys = told(await ground.message(procedure, wide))
    assert read == places(document)
    assert keys == []
    kept = SimpleNamespace(call=functools.partial(print, ground.vault))
    assert told(kept)[1] != []
