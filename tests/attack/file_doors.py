"""Every door by which a file of a stranger comes in, as a test goes through it.

Each door takes bytes for a dossier of its own and says what became of them: whether
anything of them can be had afterwards, and what the sender or the staff were told.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from gateway.adapters.civil_registry import mock_officer
from gateway.adapters.land_registry import mock_script
from gateway.adapters.land_registry.mock_paper import one_page as land_page
from gateway.adapters.water import mock_clerk
from gateway.adapters.water.mock_paper import one_page as water_page
from gateway.domain.principal import EVERYTHING
from gateway.sealing.folder import blind_number
from tests.journeys.officers import SO_NHA, Officer
from tests.open_calls import LAND_IS_SILENT, System, inline, nobody_comes, with_fire
from tests.world import World, a_dossier, document_of, quick

if TYPE_CHECKING:
    import pytest

    from tests.world import Answered, Json

ONE_STOP, LAND = "mot-cua-noi-thang", "land-mau-4"
SAMPLE = (
    Path(__file__).parents[2] / "schemas/agencies/land_registry/samples/tiepnhan.json"
)
#: Virtual hours within which every office has sent its result and it was fetched.
WHOLE_H = 300.0


@dataclass
class Seen:
    """What became of a file."""

    refused: bool
    #: nobody can have it
    code: str = ""
    #: by which somebody was told why
    words: str = ""
    #: in which whoever has to act was told


@dataclass
class Strangers:
    """What offices' systems hand over instead of papers of their own, by number."""

    papers: dict[str, bytes] = field(default_factory=dict)

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """From now on mocks make these."""
        land, water = land_page, water_page
        registered = mock_officer.Officer._registered

        def of_land(number: str) -> bytes:
            return self.papers.get(number) or land(number)

        def of_water(told: str) -> bytes:
            return self.papers.get(told.partition(" ")[0]) or water(told)

        def of_registry(this: Any, one: Any, pdf_mb: float) -> dict[str, str]:
            result = registered(this, one, pdf_mb)
            content = self.papers.get(str(one.number))
            if content is not None:
                result["giayKhaiSinh"] = base64.b64encode(content).decode()
            return result

        patch.setattr(mock_script, "one_page", of_land)
        patch.setattr(mock_clerk, "one_page", of_water)
        patch.setattr(mock_officer.Officer, "_registered", of_registry)


Through = Callable[[World, Strangers, str, bytes], Awaitable[Seen]]


def configured(config: Path) -> None:
    """Short timeouts; the fire brigade is the test; every office is open at any hour."""
    quick(config)
    nobody_comes(config)
    for path in (config / "agencies").glob("*.toml"):
        text = re.sub(r"\[\[office\.hours]]\n(?:[^\[\n].*\n)*", "", path.read_text())
        path.write_text(text, "utf-8")


def told_of(answered: Answered) -> Seen:
    """What a caller was told."""
    body = answered.body
    errors = body.get("errors") or [{}]
    code = errors[0].get("code") or body.get("code", "")
    words = errors[0].get("message") or body.get("remedy", "")
    return Seen(answered.status >= 400, code, words)


async def upload(world: World, _: Strangers, number: str, content: bytes) -> Seen:
    answered = await world.call("POST", "/v1/attachments", data=content)
    seen = told_of(answered)
    entry = {"name": "a.pdf", "sha256": hashlib.sha256(content).hexdigest()}
    papers = [{"name": "Đơn", "files": [entry]}]
    taken = await world.submit(a_dossier(number, documents=papers))
    assert (taken.status == 422) == seen.refused
    return seen


async def inlined(world: World, _: Strangers, number: str, content: bytes) -> Seen:
    entry = {"name": "a.pdf", "content": base64.b64encode(content).decode()}
    papers = [{"name": "Đơn", "files": [entry]}]
    answered = await world.submit(a_dossier(number, documents=papers))
    if answered.status != 202:
        assert answered.body["errors"][0]["pointer"] == "/documents/0/files/0/content"
    return told_of(answered)


async def form(world: World, _: Strangers, number: str, content: bytes) -> Seen:
    papers = [{"name": "Đơn", "files": [{"name": "a.pdf", "part": "f0"}]}]
    body = aiohttp.FormData()
    body.add_field("dossier", json.dumps(a_dossier(number, documents=papers)))
    body.add_field("f0", content, filename="a.pdf")
    return told_of(await world.call("POST", "/v1/dossiers", data=body))


async def dropin(world: World, _: Strangers, number: str, content: bytes) -> Seen:
    message = json.loads(SAMPLE.read_text("utf-8"))
    message |= {"SoBienNhan": number, "MaHoSoMotCua": number}
    held = message["DanhSachGiayToDinhKem"][0]["TapTin"]
    held["data"] = base64.b64encode(content).decode()
    secret = world.stage.secrets.value(f"{ONE_STOP}.dropin")
    path = f"/dropin/{ONE_STOP}/{LAND}/{secret}/vbdlis/tiepnhan"
    answered = await world.call("POST", path, message, role="")
    assert answered.status == 200
    # What the land system itself says of a dossier is no matter of its files.
    shown = await world.shown(number)
    words = answered.body["status"]["message"]
    assert ("transfers" in shown) is ("Tệp đính kèm" not in words)
    return Seen("transfers" not in shown, "", words)


async def open_upload(world: World, _: Strangers, number: str, content: bytes) -> Seen:
    del number
    return told_of(await System(world).upload(content))


async def open_report(world: World, _: Strangers, number: str, content: bytes) -> Seen:
    system = System(world)
    assert (await world.submit(with_fire(number))).status == 202
    await world.pass_hours(0.1)
    fetched = await system.until_fetched(number)
    transfer = next(one["id"] for one in fetched if number in one["dossier"])
    await system.acknowledge(*(one["id"] for one in fetched))
    await system.report("accepted", f"{number}-a", transfer=transfer)
    files = [inline(content, name="ket-qua.pdf")]
    answered = await system.report(
        "finished", f"{number}-f", transfer=transfer, files=files
    )
    seen = told_of(answered)
    assert bool((await world.shown(number))["results"]) is not seen.refused
    return seen


async def work_list(world: World, _: Strangers, number: str, content: bytes) -> Seen:
    assert (await world.submit(a_dossier(number, **SO_NHA))).status == 202
    await world.pass_hours(0.1)
    officer = Officer(world)
    item = await officer.item(number)
    await officer.act(item, "receive")
    answered = await officer.act(item, "finish", files={"ket-qua.pdf": content})
    return told_of(answered)


async def land_link(world: World, number: str) -> None:
    assert (await world.submit(a_dossier(number))).status == 202


async def water_folder(world: World, number: str) -> None:
    document = {**document_of("67-lap-nuoc-moi"), "number": number}
    assert (await world.submit(document)).status == 202


async def civil_poll(world: World, number: str) -> None:
    document = {**document_of("79-khai-sinh-tai-quay"), "number": number}
    assert (await world.submit(document)).status == 202


async def waited(world: World, _: Strangers, number: str, content: bytes) -> Seen:
    """Whether the result is there, and what staff are told where it is not."""
    del content
    shown = await world.shown(number)
    got = [
        await world.call("GET", f"/v1/dossiers/{number}/results/{one['id']}")
        for one in shown["results"]
    ]
    if any(one.status == 200 for one in got):
        return Seen(refused=False)
    assert world.gateway is not None
    tools = world.gateway.tools
    ids = await tools.store.find(
        [(None, "ma_ho_so", blind_number(tools, number))], EVERYTHING
    )
    found = await world.call("GET", "/v1/unmatched", role="operator")
    for row in found.body["unmatched"]:
        if number in row["named"] or row["dossier_id"] in ids:
            return Seen(True, row["code"], row["words"])
    return Seen(refused=True)


DOORS: dict[str, Through] = {
    "POST /v1/attachments": upload,
    "POST /v1/dossiers (inline)": inlined,
    "POST /v1/dossiers (form)": form,
    "POST /dropin/…/tiepnhan": dropin,
    "POST /open/v1/upload": open_upload,
    "POST /open/v1/report": open_report,
    "POST /v1/work/…": work_list,
    "GET link of vbdlis": waited,
    "folder of water": waited,
    "answer of civil registry": waited,
}
#: Doors at which a file comes when its office has it; staff are told of refused ones.
LATER: dict[str, Callable[[World, str], Awaitable[None]]] = {
    "GET link of vbdlis": land_link,
    "folder of water": water_folder,
    "answer of civil registry": civil_poll,
}


async def let_offices_work(
    world: World, strangers: Strangers, files: dict[str, tuple[str, bytes]]
) -> None:
    """Hand in what offices answer, and let their answers come; number → door, file."""
    for number, (door, content) in files.items():
        strangers.papers[number] = content
        await LATER[door](world, number)
    await world.pass_hours(WHOLE_H)


def scenarios(world: World, numbers: dict[str, str]) -> None:
    """What offices do with each dossier; ``numbers``: number → door."""
    for number, door in numbers.items():
        if door == "POST /open/v1/report":
            world.scenario(number, land_registry=LAND_IS_SILENT)
        elif door == "folder of water":
            steps = [{"after_h": 1, "state": "DA_TIEP_NHAN"}]
            done: Json = {"after_h": 4, "state": "HOAN_THANH"}
            world.scenario(number, water={"step": [*steps, done]})
