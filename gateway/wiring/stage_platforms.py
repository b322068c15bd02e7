"""Mock platforms of a stage: whatever its configuration puts before agencies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.routing.platforms import LGSP, XROAD_ADAPTER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gateway.wiring.secrets import Secrets

    Row = Mapping[str, Any]

#: Kind of a platform → the mock that plays it.
MOCKS = {LGSP: "lgsp", XROAD_ADAPTER: "xroad"}
#: Path of the mock adapter (schemas/platforms/xroad_adapter/mock.toml).
ADAPTER = "/XrdAdapter/RestService/forward"
_SECRETS = ("consumer_key", "consumer_secret", "access_key", "access_secret")


def mocks_of(platforms: Iterable[Row]) -> dict[str, str]:
    """Platform → the mock that plays it, a process for each."""
    return {row["id"]: MOCKS[row["kind"]] for row in platforms}


def secret_names(platforms: Iterable[Row]) -> list[str]:
    """Secrets that gateway and mock share."""
    named = [row["secrets"] for row in platforms if "secrets" in row]
    return [f"{name}.{secret}" for name in named for secret in _SECRETS]


def addresses(platforms: Iterable[Row], url: Callable[[str], str]) -> dict[str, str]:
    """Where the gateway finds each platform."""
    paths = {LGSP: "", XROAD_ADAPTER: ADAPTER}
    return {row["id"]: url(row["id"]) + paths[row["kind"]] for row in platforms}


def told(
    platforms: Iterable[Row],
    offices: Iterable[Row],
    secrets: Secrets,
    url: Callable[[str], str],
) -> dict[str, Any]:
    """What each mock platform is told; its offices lie where their mocks listen."""
    found: dict[str, Any] = {}
    for row in platforms:
        behind = [
            (office, office["platform"])
            for office in offices
            if office.get("platform", {}).get("by") == row["id"]
        ]
        make = _lgsp if row["kind"] == LGSP else _xroad
        found[row["id"]] = make(row, behind, secrets, url)
    return found


def _lgsp(
    row: Row,
    behind: Iterable[tuple[Row, Row]],
    secrets: Secrets,
    url: Callable[[str], str],
) -> dict[str, Any]:
    def secret(name: str) -> str:
        return secrets.value(f"{row['secrets']}.{name}")

    settings: dict[str, Any] = {
        "token_by": row.get("proof", "basic"),
        "form_from": row.get("form_from", ""),
        "consumer": [
            {"key": secret("consumer_key"), "secret": secret("consumer_secret")}
        ],
        "service": [
            {
                "name": office["id"],
                "prefix": said["prefix"],
                "backends": [url(office["mock"])],
                "open_headers": list(said.get("opened", ())),
            }
            for office, said in behind
        ],
    }
    if "app_name" in row:
        called = {said.get("partner_code_called", "") for _, said in behind}
        settings["access"] = {
            "AccessKey": secret("access_key"),
            "SecretKey": secret("access_secret"),
            "AppName": row["app_name"],
            "PartnerCode": row["partner_code"],
            "PartnerCodeCus": min(called, default=""),
        }
    return settings


def _xroad(
    row: Row,
    behind: Iterable[tuple[Row, Row]],
    secrets: Secrets,  # noqa: ARG001  there are none
    url: Callable[[str], str],
) -> dict[str, Any]:
    return {
        "adapter": ADAPTER,
        "dstcode_in": row["dstcode_in"],
        "destination": [
            {
                "dstcode": said["dstcode"],
                "backend": url(office["mock"]),
                "prefixes": [said["prefix"]],
                "providerurl": said.get("provider_url", ""),
            }
            for office, said in behind
        ],
    }
