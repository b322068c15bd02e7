"""The whole gateway between an old one-stop and a land system, as ``tests.landlink`` wants it."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from gateway.settings import load
from gateway.wiring.files import read_folder
from gateway.wiring.secrets import ROLES, Secrets, make_mock_secrets
from gateway.wiring.serve import Gateway
from gateway.wiring.stage import CONFIG
from tests.landlink import ACCOUNT, SECRET, START, Line

ONE_STOP, OFFICE = "mot-cua-cu", "land-mau-1"
DROPIN_SECRET = "ma-rieng-cua-mot-cua-cu"
ENTRY = """
[[office]]
id = "mot-cua-cu"
name = "Một cửa Mẫu cũ (giả lập)"

[office.lane]
timeout_s = 5.0

[office.lane.retry]
first_s = 30.0
cap_s = 1800.0

[[office.link]]
office = "land-mau-1"
unit = "H00.20.01"
callbacks = "/landlink/callbacks"
answer_within_s = 3.0
"""
Json = dict[str, Any]


def _with_officers() -> list[str]:
    """Offices of the shipped configuration that work by lists."""
    return [
        office["id"]
        for agency in read_folder(CONFIG)["agencies"]
        if agency["agency"].get("speaks") == "manual"
        for office in agency["office"]
    ]


@dataclass
class InLine:
    """A gateway in the line; it may be stopped and started in the middle."""

    folder: Path
    #: changes the entry of the one-stop
    entry: str = ENTRY
    #: said to each gateway before it starts
    wrap: Callable[[Gateway], None] | None = None
    #: what the land system shows; of the gateway's making if empty
    more_settings: str = ""
    #: further tables of the settings
    dialect: str = "vbdlis"
    callback_secret: str = ""
    gateway: Gateway | None = None
    ports: dict[str, int] = field(default_factory=dict)
    land: str = ""
    one_stop: str = ""

    @contextlib.asynccontextmanager
    async def line(self, land_base: str, callback_base: str) -> AsyncIterator[Line]:
        """What the client and the land system are told about each other."""
        self.land = land_base.rpartition("/")[0]
        self.one_stop = callback_base.removesuffix("/landlink/callbacks")
        run_dir = self.folder / "gateway"
        keys = run_dir / "keys"
        roles = (*ROLES, "one_stop")
        run_dir.mkdir(parents=True, mode=0o700)
        make_mock_secrets(
            keys,
            [
                *(f"token.{role}" for role in roles),
                f"{OFFICE}.callback",
                *(f"{office}.officer" for office in _with_officers()),
            ],
            ["gateway"],
        )
        path = keys / "secrets.json"
        secrets = json.loads(path.read_text("utf-8"))
        secrets |= {f"{ONE_STOP}.link": SECRET, f"{ONE_STOP}.dropin": DROPIN_SECRET}
        for owner in (ONE_STOP, OFFICE):
            secrets[f"{owner}.ilis.client"] = ACCOUNT["client_secret"]
            secrets[f"{owner}.ilis.account"] = ACCOUNT["password"]
        if self.callback_secret:
            secrets[f"{OFFICE}.callback"] = self.callback_secret
        path.write_text(json.dumps(secrets), "utf-8")
        shutil.copytree(CONFIG, self.folder / "config")
        entries = self.folder / "config" / "agencies" / "one_stop.toml"
        entries.write_text(entries.read_text("utf-8") + self.entry, "utf-8")
        if self.dialect == "ilis":
            self._as_ilis(entries.with_name("land_registry.toml"), entries)
        await self.start()
        try:
            yield Line(
                land_base=f"{self.base}/{self.dialect}",
                callback_base=f"{self.address('agencies')}/callbacks/{OFFICE}",
                participants=[self.address("front")],
                secret=Secrets(keys).value(f"{OFFICE}.callback"),
                files_base=f"{self.base}/files",
            )
        finally:
            await self.stop()

    @staticmethod
    def _as_ilis(land: Path, one_stop: Path) -> None:
        """The office has the other land system, and the one-stop speaks to that."""
        account = (
            f'client = "{ACCOUNT["client_id"]}"\naccount = "{ACCOUNT["username"]}"\n'
        )
        text = land.read_text("utf-8")
        text = text.replace(
            "[office.land]\n", f'[office.land]\ndialect = "ilis"\n{account}', 1
        )
        text = re.sub(r"(?m)^((?:tinh|huyen|xa)_id) = (\d+)", r'\1 = "\2"', text)
        land.write_text(text, "utf-8")
        row = f'shown_in = "query:CodeGet"\n{account}answer_within_s'
        text = one_stop.read_text("utf-8")
        head, entry, tail = text.rpartition("answer_within_s")
        one_stop.write_text(
            head + entry.replace("answer_within_s", row) + tail, "utf-8"
        )

    @property
    def base(self) -> str:
        """The one address that the one-stop is given."""
        return f"{self.address('front')}/dropin/{ONE_STOP}/{OFFICE}/{DROPIN_SECRET}"

    def address(self, name: str) -> str:
        """Where the gateway listens."""
        return f"http://127.0.0.1:{self.ports[name]}"

    def settings(self, now: str) -> Path:
        """Its settings file, with the same ports as before."""
        settings = self.folder / "gateway.toml"
        ports = {name: self.ports.get(name, 0) for name in ("front", "agencies")}
        settings.write_text(
            f'profile = "mock"\nrun_dir = "{self.folder / "gateway"}"\n'
            f'configuration = "{self.folder / "config"}"\n{self.more_settings}'
            f"[front]\nport = {ports['front']}\n"
            f"[agencies]\nport = {ports['agencies']}\n"
            f'[clock]\nkind = "virtual"\nstart = "{now}"\n'
            f'[addresses]\n"{OFFICE}" = "{self.land}"\n"{ONE_STOP}" = "{self.one_stop}"\n',
            "utf-8",
        )
        return settings

    async def start(self, now: str = START.isoformat()) -> Gateway:
        """Start it where it was before."""
        gateway = Gateway(load(self.settings(now)))
        if self.wrap is not None:
            self.wrap(gateway)
        await gateway.start()
        self.gateway = gateway
        self.ports = {
            name: int(url.rpartition(":")[2]) for name, url in gateway.addresses.items()
        }
        return gateway

    async def stop(self) -> None:
        """Stop it in an orderly way."""
        if self.gateway is not None:
            await self.gateway.stop()
            self.gateway = None

    async def call(
        self, method: str, path: str, body: Any = None, role: str = "administrator"
    ) -> tuple[int, Json]:
        """One call of the API."""
        secrets = Secrets(self.folder / "gateway" / "keys")
        headers = {"Authorization": f"Bearer {secrets.value(f'token.{role}')}"}
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                method, self.address("front") + path, headers=headers, json=body
            ) as answer,
        ):
            return answer.status, json.loads(await answer.read())

    async def page(self, path: str, role: str = "operator") -> tuple[int, str]:
        """A page, as somebody who is signed in sees it."""
        secrets = Secrets(self.folder / "gateway" / "keys")
        cookies = {"lienthong": secrets.value(f"token.{role}")}
        async with (
            aiohttp.ClientSession(cookies=cookies) as session,
            session.get(self.address("front") + path, allow_redirects=False) as answer,
        ):
            return answer.status, await answer.text()
