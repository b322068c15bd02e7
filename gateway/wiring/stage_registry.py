"""What the mock of the civil registry is told: both its systems, and who applies there."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from gateway.wiring.secrets import Secrets

MOCK = "civil_registry"
#: Which of the two systems an office's entry is about, which is its secret's name, too.
SYSTEMS = ("btp", "dvclt")


def told(
    offices: Iterable[tuple[str, Mapping[str, Any]]],
    secrets: Secrets,
    examples: Path | None,
) -> dict[str, Any]:
    """The mock's table; nothing where no office has it.

    Citizens apply at DVCLT as the scenarios of the examples say (``[application]``).
    """
    rows = [row for _, row in offices if row.get("mock") == MOCK]
    by_system = {str(row["registry"]["system"]): row for row in rows}
    if not by_system:
        return {}
    units = {int(one["code"]) for row in rows for one in row.get("unit", ())}
    provinces = [one for row in rows for one in row.get("province", ())]
    account = {name: _account(by_system.get(name), name, secrets) for name in SYSTEMS}
    btp, dvclt = (account[name] for name in SYSTEMS)
    return {
        MOCK: {
            "dvclt": {
                "user": dvclt["account"],
                "password": dvclt["password"],
                "units": sorted(units),
                "applications": list(_applications(examples)),
            },
            "btp": {
                **btp,
                "units": sorted(units),
                "provinces": [str(one["code"]) for one in provinces],
                "province": next(
                    (str(one["code"]) for one in provinces if "to" not in one), ""
                ),
            },
        }
    }


def _account(
    office: Mapping[str, Any] | None, system: str, secrets: Secrets
) -> dict[str, str]:
    """An account that nobody has, where no office's entry is about the system."""
    if office is None:
        return {"account": "khong-dung", "password": "khong-dung"}
    return {
        "account": str(office["registry"]["account"]),
        "password": secrets.value(f"{office['id']}.{system}"),
    }


def _applications(examples: Path | None) -> Iterable[dict[str, Any]]:
    """One for each scenario that has one; ``id``: the line in DVCLT's list."""
    if examples is None:
        return
    for number, path in enumerate(sorted(examples.glob("*/scenario.toml")), start=1):
        application = tomllib.loads(path.read_text("utf-8")).get("application")
        if application:
            yield {"id": 70_000 + number, **application}
