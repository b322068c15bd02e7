"""Makes the adapter of one electricity company."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.electricity.adapter import ElectricityAdapter
from gateway.adapters.electricity.codes import read

if TYPE_CHECKING:
    from gateway.lending import Lent
    from gateway.ports.agency import AgencyAdapter


def make(lent: Lent) -> AgencyAdapter:
    """The company's adapter; its secret ``key`` is KHOA of every call.

    Raises:
        ValueError: a list of codes of the company's own is wrong.
    """
    return ElectricityAdapter(
        lent.office,
        lent.carrier(),
        lent.check,
        codes=read(lent.schemas / "electricity" / "codes.toml", lent.office),
        key=lent.secret("key"),
        now=lent.now,
        chance=lent.chance,
    )
