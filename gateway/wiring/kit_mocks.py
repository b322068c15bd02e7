"""Mocks of agencies that only their own folder knows: told by its kit what to be."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from gateway.conformance.adapter_kit import Kit, filled, read
from gateway.registry.manifest import installed
from gateway.wiring.ports import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from gateway.wiring.secrets import Secrets


@cache
def kit_of(folder: str) -> Kit | None:
    """The kit of a folder's first interface; None: it has none."""
    for manifest in installed(SCHEMAS):
        if manifest.folder == folder and manifest.kit_path.is_file():
            return read(manifest.kit_path, manifest)
    return None


def with_mocks() -> list[str]:
    """Folders whose mock can run alone."""
    return sorted({one.folder for one in installed(SCHEMAS) if kit_of(one.folder)})


def named(offices: Iterable[Mapping[str, Any]], known: Iterable[str]) -> list[str]:
    """Mocks that offices ask for, beside the known ones, whose folders have a kit."""
    wanted = {str(o["mock"]) for o in offices if o.get("mock")} - set(known)
    return sorted(name for name in wanted if kit_of(name) is not None)


def office_of(mock: str) -> str:
    """The office that the kit of a folder tries.

    Raises:
        KeyError: it has no kit.
    """
    kit = kit_of(mock)
    if kit is None:
        raise KeyError(mock)
    return str(kit.office["id"])


def secret_names(mock: str, office: str) -> list[str]:
    """Secrets that an office of that mock needs, whichever of its interfaces it has."""
    return [f"{office}.{name}" for name in _kinds_of_secrets(mock)]


@cache
def _kinds_of_secrets(mock: str) -> tuple[str, ...]:
    kits = [
        read(one.kit_path, one)
        for one in installed(SCHEMAS)
        if one.folder == mock and one.kit_path.is_file()
    ]
    return tuple(dict.fromkeys(name for kit in kits for name in kit.secrets))


def told(
    mock: str, office: str, *, agencies: str, secrets: Secrets, packages: Path
) -> dict[str, Any]:
    """The mock's table, for one office; ``agencies``: the gateway's address for it.

    ``packages``: below it lies a folder of each office with which files are exchanged.
    """
    kit = kit_of(mock)
    if kit is None:
        return {}
    places = {
        "keys": str(secrets.folder),
        "schemas": str(SCHEMAS / "agencies"),
        "callbacks": f"{agencies}/callbacks/{office}",
        "gateway": agencies,
        "folder": str(packages / office),
        **{f"secret.{name}": secrets.value(f"{office}.{name}") for name in kit.secrets},
    }
    table: dict[str, Any] = filled(kit.told(straight=True), places)
    return table
