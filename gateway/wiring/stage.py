"""The stage of mock mode: run folder, keys, notes and ports, before anybody starts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.registry import shipped
from gateway.wiring import (
    free_ports,
    kit_mocks,
    stage_links,
    stage_platforms,
    stage_registry,
)
from gateway.wiring.files import PACKAGES, read_folder
from gateway.wiring.secrets import ROLES, Secrets, make_mock_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Offices = list[tuple[str, dict[str, Any]]]

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = shipped.folder("examples") / "dossiers"
CONFIG = shipped.folder("config")
#: Tuesday morning: the examples run the same on a Sunday.
START = "2026-03-10T07:30:00+07:00"
#: Ports that people may note down; free ones are taken when these are not.
PORTS = {"front": 8400, "agencies": 8401}
AGENCIES = ("land_registry", "tax", "one_stop", "open", "manual")
#: Dialect of offices whose systems call ours, and the mock of them.
OPEN = "open"
#: What the tax office's document asks of who enquires.
LEAST_BETWEEN_ENQUIRIES_S = 900


@dataclass
class Stage:
    """Where everything of one run of mock mode is, and where it listens."""

    run_dir: Path
    start: str = START
    #: where virtual time begins
    config: Path = CONFIG
    examples: Path | None = EXAMPLES
    ports: dict[str, int] = field(default_factory=dict)
    mocks: tuple[str, ...] = AGENCIES
    #: mock agencies of this run
    platforms: dict[str, str] = field(default_factory=dict)
    #: what the configuration puts before agencies → its mock; known once prepared
    _between: dict[str, str] = field(default_factory=dict)
    #: platform → its address

    def url(self, name: str) -> str:
        """Base URL of a participant."""
        return f"http://127.0.0.1:{self.ports[name]}"

    @property
    def participants(self) -> list[str]:
        """Everybody who obeys the virtual clock."""
        return [self.url(name) for name in ("front", *self.mocks, *self.platforms)]

    @property
    def settings_path(self) -> Path:
        """The gateway's settings file."""
        return self.run_dir / "gateway.toml"

    @property
    def mocks_path(self) -> Path:
        """What the mock agencies are told."""
        return self.run_dir / "mocks.json"

    @property
    def secrets(self) -> Secrets:
        """Keys and tokens of this run."""
        return Secrets(self.run_dir / "keys")

    def prepare(self, *, fixed_ports: bool) -> None:
        """Make folder, keys and notes; what exists stays.

        ``fixed_ports``: take the ports that people know, where they are free.
        """
        self.run_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = read_folder(self.config)
        platforms, offices = content["platforms"], _offices(content)
        self.platforms = stage_platforms.mocks_of(platforms)
        more = kit_mocks.named((office for _, office in offices), AGENCIES)
        self.mocks = (*AGENCIES, *more)
        self._choose_ports(fixed=fixed_ports)
        self._between = stage_platforms.addresses(platforms, self.url)
        names = _secret_names(offices) + stage_platforms.secret_names(platforms)
        make_mock_secrets(self.run_dir / "keys", names, _pair_names(offices))
        self._write_settings(offices)
        rows = [office for _, office in offices]
        between = stage_platforms.told(platforms, rows, self.secrets, self.url)
        told = {**self._mock_settings(offices), **between, "around": self._around()}
        self._write(self.mocks_path, told)
        self._write(self.run_dir / "participants.json", self.participants)
        (self.run_dir / "address").write_text(self.url("front"), "utf-8")

    def _around(self) -> dict[str, Any]:
        """What a mock's own pages say of others."""
        return {
            "front": self.url("front"),
            "config": str(self.mocks_path),
            "mocks": {name: self.url(name) for name in (*self.mocks, *self.platforms)},
            "clock": self.participants,
        }

    def add_mock(self, mock: str) -> None:
        """A mock that no office of the configuration names, by its folder's kit."""
        office = kit_mocks.office_of(mock)
        make_mock_secrets(
            self.run_dir / "keys", kit_mocks.secret_names(mock, office), ()
        )
        config = json.loads(self.mocks_path.read_text("utf-8"))
        config[mock] = kit_mocks.told(
            *(mock, office),
            agencies=self.url("agencies"),
            secrets=self.secrets,
            packages=self.run_dir / PACKAGES,
        )
        self._write(self.mocks_path, config)

    def _choose_ports(self, *, fixed: bool) -> None:
        for name in ("front", "agencies", *self.mocks, *self.platforms):
            wanted = PORTS.get(name) if fixed else None
            if wanted is None or not free_ports.is_free(wanted):
                wanted = free_ports.free_port()
            self.ports[name] = free_ports.give(wanted)

    def write_settings(self, *, start: str | None = None, more: str = "") -> None:
        """The gateway's settings; ``start``: where its virtual clock goes on."""
        self._write_settings(_offices(read_folder(self.config)), start, more)

    def _write_settings(
        self, offices: Offices, start: str | None = None, more: str = ""
    ) -> None:
        known = {name: self.url(name) for name in self.mocks} | self._between
        known |= {
            office["id"]: f"{self.url(OPEN)}/open/{office['id']}"
            for _, office in offices
            if _is_pushed_to(office)
        }
        addresses = "".join(f'"{name}" = "{url}"\n' for name, url in known.items())
        self.settings_path.write_text(
            f'profile = "mock"\nrun_dir = "{self.run_dir}"\n'
            f'configuration = "{self.config}"\n{more}'
            f"[front]\nport = {self.ports['front']}\n"
            f"[agencies]\nport = {self.ports['agencies']}\n"
            f'[clock]\nkind = "virtual"\nstart = "{start or self.start}"\n'
            f"[addresses]\n{addresses}",
            "utf-8",
        )

    @staticmethod
    def _write(path: Path, content: object) -> None:
        path.touch(mode=0o600)
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")

    def _mock_settings(self, offices: Offices) -> dict[str, Any]:
        """What each mock is told: addresses, secrets, key files, its own lists."""
        by_agency: dict[str, list[dict[str, Any]]] = {}
        for agency, office in offices:
            by_agency.setdefault(agency, []).append(office)
        secrets = self.secrets
        told: dict[str, Any] = {
            "land_registry": self._land(by_agency["land_registry"], secrets),
            "tax": {
                **_tax(by_agency, secrets, self.url("agencies")),
                **self._packages(by_agency["tax"], secrets),
            },
            "one_stop": {
                "gateway_base": self.url("front"),
                "token": secrets.value("token.one_stop"),
                "webhook_secret": secrets.value(
                    f"{by_agency['one_stop'][0]['id']}.webhook"
                ),
                **stage_links.told(offices, secrets, self.url("front")),
            },
        }
        told["manual"] = {
            "base": self.url("front"),
            "desks": [
                {"office": row["id"], "code": secrets.value(f"{row['id']}.officer")}
                for row in by_agency.get("manual", ())
                if row.get("mock") == "manual"
            ],
        }
        told["open"] = {"offices": self._callers(offices)}
        told |= stage_registry.told(offices, secrets, self.examples)
        for _, office in offices:
            mock = str(office.get("mock", ""))
            if mock in self.mocks and mock not in told:
                told[mock] = kit_mocks.told(
                    *(mock, office["id"]),
                    agencies=self.url("agencies"),
                    secrets=secrets,
                    packages=self.run_dir / PACKAGES,
                )
        if self.examples is not None:
            told["scenarios"] = str(self.examples)
        _tell_schemas(told)
        return told

    def _callers(self, offices: Offices) -> list[dict[str, Any]]:
        """Offices whose systems call the open interface, with address and key."""
        base = f"{self.url('agencies')}/open/v1"
        return [
            {
                "id": office["id"],
                "base": base,
                "key": self.secrets.value(f"{office['id']}.open"),
                "is_pushed_to": _is_pushed_to(office),
            }
            for dialect, office in offices
            if dialect == OPEN and office.get("mock") == OPEN
        ]

    def _packages(self, tax: list[dict[str, Any]], secrets: Secrets) -> dict[str, Any]:
        """What the tax office without a line needs; nothing where there is none."""
        road = next((o for o in tax if o["tax"].get("carrier") == "file"), None)
        if road is None:
            return {}
        office, ma_cqt = next(iter(road["tax"]["receivers"].items()))
        package = {
            "folder": str(self.run_dir / PACKAGES / road["id"]),
            "ma_cqt": ma_cqt,
            "senders": [road["tax"]["sender"]],
            "sender_certificates": [str(secrets.folder / "gateway.cert.pem")],
            "signing_key": str(secrets.folder / f"{office}.key.pem"),
            "signing_certificate": str(secrets.folder / f"{office}.cert.pem"),
        }
        return {"package": package}

    def _land(self, land: list[dict[str, Any]], secrets: Secrets) -> dict[str, Any]:
        """Both land systems, with a branch per office, each with its own callbacks."""
        ilis = [office for office in land if _speaks_ilis(office)]
        told = self._branches([o for o in land if o not in ilis], secrets)
        if not ilis:
            return told
        # One system with one account, which its offices share.
        first = ilis[0]
        account = {
            "client_id": first["land"]["client"],
            "client_secret": secrets.value(f"{first['id']}.ilis.client"),
            "user": first["land"]["account"],
            "password": secrets.value(f"{first['id']}.ilis.account"),
        }
        return {**told, "ilis": {**account, **self._branches(ilis, secrets)}}

    def _branches(self, land: list[dict[str, Any]], secrets: Secrets) -> dict[str, Any]:
        branches = [
            {
                "areas": _areas([office]),
                "users": _users(office),
                "callback_base": f"{self.url('agencies')}/callbacks/{office['id']}",
                "callback_secret": secrets.value(f"{office['id']}.callback"),
                "slip_key": str(secrets.folder / f"{office['id']}.key.pem"),
                "slip_certificate": str(secrets.folder / f"{office['id']}.cert.pem"),
            }
            for office in land
        ]
        cases = {
            c["code"]: {"name": c["name"], "with_tax": c.get("with_tax", "none")}
            for o in land
            for c in o.get("case", ())
        }
        return {
            "users": sorted({user for office in land for user in _users(office)}),
            "cases": cases,
            "areas": _areas(land),
            "branches": branches,
        }


def _offices(content: Mapping[str, Any]) -> Offices:
    """Every office of a configuration, with the dialect that it speaks."""
    return [
        (str(row.get("speaks", head.get("speaks", head["id"]))), row)
        for agency in content["agencies"]
        for head in [agency["agency"]]
        for row in agency.get("office", ())
    ]


def _is_pushed_to(office: Mapping[str, Any]) -> bool:
    return bool(office.get("open", {}).get("carrier") == "push")


def _speaks_ilis(office: Mapping[str, Any]) -> bool:
    return str(office["land"].get("dialect")) == "ilis"


def _users(office: Mapping[str, Any]) -> list[str]:
    land = office["land"]
    listed = [row["login"] for row in office.get("receiver", ())]
    return list(land.get("users", listed or [land["receiver"]]))


def _areas(land: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    names = ("tinh_id", "huyen_id", "xa_id", "commune")
    return [
        {name: row[name] for name in names}
        for office in land
        for row in office.get("area", ())
    ]


def _tax(
    by_agency: Mapping[str, list[dict[str, Any]]], secrets: Secrets, hosted: str
) -> dict[str, Any]:
    keys, own = secrets.folder, by_agency["tax"][0]["id"]
    issuers = [
        one["id"]
        for office in by_agency["land_registry"]
        for one in (office, *office.get("slip_issuer", ()))
    ]
    tax = by_agency["tax"][0]["tax"]
    by_portal = [o for o in by_agency["tax"] if o["tax"].get("carrier") == "portal"]
    road = [*by_portal, by_agency["tax"][0]][0]
    return {
        "ma_cqt": tax["receiver"],
        "senders": [tax["sender"]],
        "min_poll_s": LEAST_BETWEEN_ENQUIRIES_S,
        "issuer_certificates": [str(keys / f"{name}.cert.pem") for name in issuers],
        "gateway_certificate": str(keys / "gateway.cert.pem"),
        "signing_key": str(keys / f"{own}.key.pem"),
        "signing_certificate": str(keys / f"{own}.cert.pem"),
        "portal": {
            "security_key": secrets.value(f"{road['id']}.portal"),
            "callback_base": f"{hosted}/callbacks/{road['id']}",
            "callback_key": secrets.value(f"{road['id']}.callback"),
            "senders": [road["tax"]["sender"]],
            "min_poll_s": LEAST_BETWEEN_ENQUIRIES_S,
        },
    }


def _secret_names(offices: Offices) -> list[str]:
    names = [f"token.{role}" for role in (*ROLES, "one_stop")]
    for agency, office in offices:
        kinds = [{"one_stop": "webhook", "manual": "officer"}.get(agency, "callback")]
        if office.get("link"):
            kinds = stage_links.secret_kinds(office)
        names += [f"{office['id']}.{kind}" for kind in kinds]
        if agency == "tax":
            names.append(f"{office['id']}.portal")
        if agency == "land_registry" and _speaks_ilis(office):
            names += [f"{office['id']}.ilis.{what}" for what in ("client", "account")]
        if office.get("mock") not in AGENCIES:
            names += kit_mocks.secret_names(str(office.get("mock", "")), office["id"])
        if agency == OPEN:
            names.append(f"{office['id']}.open")
    return names


def _pair_names(offices: Offices) -> list[str]:
    return [
        "gateway",
        *(o["id"] for agency, o in offices if agency not in {"one_stop", "manual"}),
        *(unit["id"] for _, o in offices for unit in o.get("slip_issuer", ())),
    ]


def _tell_schemas(told: dict[str, Any]) -> None:
    """Where the published schemas lie, for mocks that look beside the package."""
    root = shipped.folder("schemas") / "agencies"
    for name in ("civil_registry", "electricity", "tax", "water"):
        if name in told:
            told[name].setdefault("schemas", str(root / name))
    for road, folder in (("portal", "tax_portal"), ("package", "tax_file")):
        if road in told["tax"]:
            told["tax"][road].setdefault("schemas", str(root / folder))
