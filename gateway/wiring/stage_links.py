"""What the mock of a one-stop is told that takes the gateway for an office's system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.wiring.secrets import Secrets

#: The mock that can play one, and its paths for callbacks.
MOCK = "one_stop"


def secret_kinds(one_stop: Mapping[str, Any]) -> list[str]:
    """Secrets of a one-stop with links: for callbacks, in its address, of an account."""
    has_account = any("account" in row for row in one_stop["link"])
    account = ["ilis.client", "ilis.account"] if has_account else []
    return ["link", "dropin", *account]


def told(
    offices: Iterable[tuple[str, Mapping[str, Any]]], secrets: Secrets, front: str
) -> dict[str, Any]:
    """The table of the first link that a mock plays; nothing where there is none."""
    rows = {str(office["id"]): office for _, office in offices}
    for one_stop in rows.values():
        if one_stop.get("mock") != MOCK or not one_stop.get("link"):
            continue
        link = one_stop["link"][0]
        land = rows[str(link["office"])].get("land", {})
        dialect = str(land.get("dialect", "vbdlis"))
        name = str(one_stop["id"])
        address = f"{front}/dropin/{name}/{link['office']}"
        address += f"/{secrets.value(f'{name}.dropin')}"
        table = {
            "dialect": dialect,
            "land_base": f"{address}/{dialect}",
            "files_base": f"{address}/files",
            "secret": secrets.value(f"{name}.link"),
            "users": [dict(row) for row in one_stop.get("user", ())],
        }
        if dialect == "ilis":
            table |= {
                "client_id": link["client"],
                "client_secret": secrets.value(f"{name}.ilis.client"),
                "username": link["account"],
                "password": secrets.value(f"{name}.ilis.account"),
            }
        return {"landlink": table}
    return {}
