"""Recorded exchanges become cases, and cases are held against today's program."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from gateway.conformance.adapter_kit import Kit, read
from gateway.conformance.adapter_lent import Lab
from gateway.conformance.replaying import Replaying
from gateway.recording import cases
from gateway.recording.cases import Case, differences
from gateway.validation.json_schema import JSONSchemaCatalogue
from gateway.wiring import trying
from gateway.wiring.ports import SCHEMAS
from gateway.wiring.secrets import Secrets, make_mock_secrets

if TYPE_CHECKING:
    from gateway.conformance.replaying import Row
    from gateway.recording.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Replayed:
    """One case today; ``differs``: in words, empty where nothing does."""

    case: Case
    differs: tuple[str, ...]


def kit_named(interface: str) -> Kit:
    """The kit of an interface.

    Raises:
        ValueError: there is no such interface, or it has no kit.
    """
    exact = [m for m in trying.interfaces(interface) if m.interface == interface]
    if not exact:
        several = ", ".join(m.interface for m in trying.interfaces(interface))
        raise ValueError(f"Ghi rõ giao diện: {several}")
    if not exact[0].kit_path.is_file():
        raise ValueError(f"{interface}: thiếu kit.toml")
    return read(exact[0].kit_path, exact[0])


def as_cases(recorded: Iterable[Exchange], interface: str) -> Sequence[Case]:
    """A case for each exchange that the interface reads, with what is made of it now."""
    kit = kit_named(interface)
    made = [Case.of(one, interface) for one in recorded]
    rows = asyncio.run(_made([(kit, case) for case in made]))
    told = zip(made, rows, strict=True)
    return [replace(case, made=tuple(found)) for case, found in told if found]


def replayed(folder: Path) -> Iterator[Replayed]:
    """Every case below a folder, run through today's program.

    Raises:
        ValueError: a case cannot be read, or is of an interface that there is not.
    """
    found = cases.read(folder)
    kits = {name: kit_named(name) for name in {case.interface for case in found}}
    rows = asyncio.run(_made([(kits[case.interface], case) for case in found]))
    for case, now in zip(found, rows, strict=True):
        yield Replayed(case, differences(case.made, now))


async def _made(wanted: Sequence[tuple[Kit, Case]]) -> list[list[Row]]:
    catalogue = JSONSchemaCatalogue.load(SCHEMAS)
    with TemporaryDirectory(prefix="replay-keys-") as keys:
        benches: dict[str, Replaying] = {}
        for kit, _ in wanted:
            if kit.name not in benches:
                lab = Lab(_keys(kit, Path(keys)), catalogue, SCHEMAS / "agencies")
                benches[kit.name] = Replaying(kit, lab)
        return [await benches[kit.name].made_of(case) for kit, case in wanted]


def _keys(kit: Kit, folder: Path) -> Secrets:
    own = folder / kit.name.replace("/", "-")
    names = [f"{kit.office['id']}.{name}" for name in kit.secrets]
    make_mock_secrets(own, names, ("gateway", *kit.pairs))
    return Secrets(own)
