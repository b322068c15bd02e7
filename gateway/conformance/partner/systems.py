"""The systems that one interface describes: one, or several with an address each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: The system at ``addresses.server``, the only one of most interfaces.
SERVER = "server"


@dataclass(frozen=True, slots=True)
class System:
    """One of them."""

    name: str
    #: of its address in the preset
    title: str
    #: empty where there is only one
    answers: str
    #: requirement that each call is answered
    certificate: str
    #: requirement about TLS; empty: none
    mock_path: str
    #: that stands between the mock's address and an operation
    proves: frozenset[str]
    #: interfaces that are about it


def of(kit: Mapping[str, Any]) -> Mapping[str, System]:
    """By their names, the one at ``addresses.server`` first; ``kit``: its table."""
    others = kit.get("also", {})
    elsewhere = {one for row in others.values() for one in row["proves"]}
    first = {**kit, "proves": kit["proves"].keys() - elsewhere}
    return {
        name: System(
            name=name,
            title=row.get("system", ""),
            answers=row["answers"],
            certificate=row.get("certificate", ""),
            mock_path=row.get("mock_path", ""),
            proves=frozenset(row["proves"]),
        )
        for name, row in {SERVER: first, **others}.items()
    }
