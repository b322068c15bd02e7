"""Recordings leave the gateway without the people in them, and only for who may."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import apsw
import pytest

from tests.journeys.commands import Ran, lienthong
from tests.unit.recording.planted import opened
from tests.world import World, document_of, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]
EXAMPLE, INTERFACE = "56-cap-dien-ha-ap", "electricity"
NUMBER = "H00.01-260310-7301"
PERSON, PHONE, IDENTITY = "Trịnh Thị Dấu Vết", "0912073015", "001190730157"


def dossier() -> dict[str, Any]:
    document = {**document_of(EXAMPLE), "number": NUMBER}
    applicant = {**document["applicant"], "name": PERSON, "phone": PHONE}
    identity = {"kind": "cccd", "number": IDENTITY}
    return {**document, "applicant": {**applicant, "identity": identity}}


def line(n: int, **said: Any) -> str:
    """A line as a mock's journal writes it."""
    plain = {"n": n, "at": "2026-03-10T08:00:00+07:00", "direction": "out"}
    address = {"method": "POST", "path": "/CapNhatTienDo", "query": "", "headers": {}}
    answered = {"status": 200, "answer_headers": {}, "answer_body": "", "kind": "x"}
    return json.dumps({**plain, **address, **answered, "correlation": NUMBER, **said})


def pushed(step: str) -> str:
    row = {"MA_CVIEC": step, "SO_LAN": "1", "NGAY_BDAU": "2026-03-11 09:00:00"}
    row |= {"NDUNG_XLY": f"Đã gặp {PERSON}", "MA_NVIEN_NHAN": "dau.vet"}
    body = {"KHOA": "***", "MA_DVIQLY": "PX9901", "MA_HOSO_DVC": NUMBER}
    return json.dumps({**body, "MA_YCAU_KNAI": "990026031073015", "TIEN_DO": [row]})


def text_of(folder: Path) -> str:
    files = [path for path in folder.rglob("*") if path.is_file()]
    every = [text for path in files for text in opened(path.read_bytes())]
    return " ".join([*every, *(str(path) for path in files)])


def survived(text: str) -> list[str]:
    known = (NUMBER, PERSON, PHONE, IDENTITY, "990026031073015", "dau.vet")
    return [value for value in known if value in text or value.lower() in text.lower()]


async def exported(world: World, folder: Path, *words: str, **more: str) -> Ran:
    asked: tuple[str | Path, ...] = ("record", "export", folder, *words)
    return await lienthong(
        *(*asked, "--interface", INTERFACE),
        run_dir=world.stage.run_dir,
        columns=200,
        **more,
    )


async def in_hand(world: World) -> None:
    assert (await world.submit(dossier())).status == 202
    await world.pass_hours(8)


async def test_what_the_gateway_kept_leaves_as_cases_without_its_people(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "ca"
    async with World(tmp_path / "run", configure=quick) as world:
        await in_hand(world)
        said = await exported(world, folder, "--dossier", NUMBER)
        assert (said.code, said.err) == (0, "")
        kept = {case.name for case in folder.iterdir()}
        assert len(kept) >= 1
        text = text_of(folder)
        assert survived(text) == []
        assert '"code": "accepted"' in text
        assert "đã hiểu khác" not in said.out
        again = await lienthong("record", "replay", folder, run_dir=tmp_path)
    assert again.code == 0
    assert f"{len(kept)} ca: {len(kept)} như cũ, 0 khác" in again.out


async def test_a_journal_of_a_mock_becomes_cases_that_can_be_replayed(
    tmp_path: Path,
) -> None:
    folder, journal = tmp_path / "ca", tmp_path / "nhat-ky.jsonl"
    callback = "/callbacks/dien-luc-mau/CapNhatTienDo"
    cut = {"base64": False, "data": pushed("KS")[:40], "cut": True, "bytes": 9_000_000}
    lines = [
        line(1, body=pushed("KS")),
        line(2, body=pushed("HT"), path=callback),
        line(3, path="/la"),
        line(4, body=cut),
    ]
    journal.write_text("\n".join(lines), "utf-8")
    async with World(tmp_path / "run", configure=quick) as world:
        said = await exported(world, folder, "--journal", str(journal))
        assert (said.code, said.err) == (0, "")
        assert "2 ca thử" in said.out
        assert "1 trao đổi không thao tác nào" in said.out
        assert "1 trao đổi chỉ còn phần đầu" in said.out
        assert survived(text_of(folder)) == []
        second = tmp_path / "ca-2"
        await exported(world, second, "--journal", str(journal))
        bodies = [
            next(one.rglob("message.json")).read_text() for one in (folder, second)
        ]
        assert bodies[0] != bodies[1]
        full = await exported(world, folder, "--journal", str(journal))
    assert (full.code, "đã có tệp" in full.err) == (1, True)


@pytest.mark.parametrize("role", ["operator", "reader", "one_stop", ""])
async def test_who_may_not_gets_nothing_and_nothing_is_written(
    tmp_path: Path, role: str
) -> None:
    folder = tmp_path / "ca"
    async with World(tmp_path / "run", configure=quick) as world:
        await in_hand(world)
        secret = world.stage.secrets.value(f"token.{role}") if role else "khong-co"
        said = await exported(
            world, folder, "--dossier", NUMBER, LIENTHONG_TOKEN=secret
        )
        assert said.code == 1
        assert ("403" if role else "401") in said.err
        assert not folder.exists()
        content = {"interface": INTERFACE, "dossiers": [NUMBER]}
        answer = await world.call("POST", "/v1/recordings", content, role=role)
        assert answer.status == (403 if role else 401)


async def test_an_export_is_noted_with_who_took_it(tmp_path: Path) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        await in_hand(world)
        content = {"interface": INTERFACE, "dossiers": [NUMBER]}
        done = await world.call("POST", "/v1/recordings", content, role="administrator")
        assert done.status == 200
        assert survived(done.content.decode()) == []
        (facts,) = noted(world, "recording")
        assert facts["interface"] == INTERFACE


def noted(world: World, kind: str) -> list[dict[str, Any]]:
    """Facts of the journal's lines of one kind, from the store's file."""
    file = world.stage.run_dir / "store.sqlite"
    base = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        rows = base.execute("SELECT facts FROM journal WHERE kind = ?", (kind,))
        return [json.loads(facts) for (facts,) in rows]
    finally:
        base.close()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"interface": "buu_dien", "dossiers": [NUMBER]}, "interface_unknown"),
        ({"interface": INTERFACE}, "recording_invalid"),
        ({"interface": INTERFACE, "dossiers": []}, "recording_invalid"),
        ({"interface": INTERFACE, "exchanges": [{"n": 1}]}, "recording_invalid"),
        ({"interface": INTERFACE, "exchanges": []}, "nothing_recorded"),
        (
            {"interface": INTERFACE, "dossiers": ["H00.01-260310-9"]},
            "recording_dossier_unknown",
        ),
    ],
)
async def test_what_cannot_be_exported_is_said(
    tmp_path: Path, content: dict[str, Any], code: str
) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        said = await world.call("POST", "/v1/recordings", content, role="administrator")
    assert (said.status, said.body["code"]) == (400, code)
    assert said.body["remedy"]
