"""Makes the adapter of one office of a water company."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.adapters.water.adapter import WaterAdapter, company_of
from gateway.adapters.water.contract import Contract
from gateway.carriers.shared_folder import SharedFolder
from gateway.domain.identifiers import AgencyId

if TYPE_CHECKING:
    from gateway.carriers.folder import Folder
    from gateway.lending import Lent
    from gateway.ports.agency import AgencyAdapter

#: Kept with their threads, those used last; one that is let go ends with its adapter.
FOLDERS = 32


def make(lent: Lent) -> AgencyAdapter:
    """The office's adapter.

    Raises:
        KeyError: ``[office.water]`` is missing, or names no sender or receiver.
        ValueError: its files lie in two places.
    """
    told = lent.office["water"]
    return WaterAdapter(
        _where(lent, told.get("folder")),
        company_of(lent.office, AgencyId(lent.agency), lent.now),
        told.get("services", {}),
        _contract(lent.schemas),
        check=lent.check,
    )


def _where(lent: Lent, folder: str | None) -> Folder:
    """Its account, its folder, or where packages lie."""
    if "sftp" not in lent.office:
        return _folder(Path(folder or lent.folder().path))
    if folder:
        raise ValueError("water.folder, sftp: chỉ ghi một trong hai")
    return lent.remote_folder()


@cache
def _contract(schemas: Path) -> Contract:
    return Contract.load(schemas / "water")


@lru_cache(FOLDERS)
def _folder(path: Path) -> SharedFolder:
    """One folder with its threads, whatever configuration runs."""
    return SharedFolder(path)
