"""Makes the adapter of one office of a water company."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.adapters.water.adapter import WaterAdapter, company_of
from gateway.adapters.water.contract import Contract
from gateway.carriers.shared_folder import SharedFolder
from gateway.domain.identifiers import AgencyId

if TYPE_CHECKING:
    from gateway.lending import Lent
    from gateway.ports.agency import AgencyAdapter


def make(lent: Lent) -> AgencyAdapter:
    """The office's adapter; without ``folder`` its files lie where packages lie.

    Raises:
        KeyError: ``[office.water]`` is missing, or names no sender or receiver.
    """
    told = lent.office["water"]
    folder = told.get("folder") or lent.folder().path
    return WaterAdapter(
        _folder(Path(folder)),
        company_of(lent.office, AgencyId(lent.agency), lent.now),
        told.get("services", {}),
        _contract(lent.schemas),
        check=lent.check,
    )


@cache
def _contract(schemas: Path) -> Contract:
    return Contract.load(schemas / "water")


@cache
def _folder(path: Path) -> SharedFolder:
    """One folder with its threads, whatever configuration runs."""
    return SharedFolder(path)
