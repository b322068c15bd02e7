"""A person is told what is held of them, who got it and who read it; of others nothing."""

from __future__ import annotations

import hashlib
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.json_text import canonical_json
from tests.journeys.commands import lienthong
from tests.journeys.test_callbacks import quiet_world
from tests.world import World, a_dossier

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
OWN, SHARED, STRANGE = (f"H00.01-260310-074{n}" for n in range(3))
ME = {
    "name": "Trần Thị Hỏi Thử",
    "identity": {"kind": "cccd", "number": "000000074001"},
    "birth": "1980-05-17",
    "phone": "0900074001",
    "address": "Ngõ 74001, xã Mẫu",
}
OTHER = {
    "name": "Lê Văn Khác Thử",
    "identity": {"kind": "cccd", "number": "000000074002"},
    "birth": "1975-01-02",
    "phone": "0900074002",
    "address": "Ngõ 74002, xã Mẫu",
}
NAMESAKE = {**OTHER, "name": ME["name"]}
REASON = "Đơn đề nghị ngày 10/3"


async def _prepared(world: World) -> None:
    await world.submit(a_dossier(OWN, applicant=ME))
    await world.submit(a_dossier(SHARED, applicant=OTHER, owners=[OTHER, ME]))
    await world.submit(a_dossier(STRANGE, applicant=NAMESAKE))
    await world.pass_hours(1)
    await world.shown(OWN)


async def asked(world: World, role: str = "head", **whom: Any) -> Any:
    body = {"reason": REASON, **whom}
    return await world.call("POST", "/v1/person-export", body, role=role)


async def test_a_person_gets_theirs_and_nobody_elses(tmp_path: Path) -> None:
    async with quiet_world(tmp_path / "run") as world:
        await _prepared(world)
        by_number = await asked(world, identity="000 000 074 001")
        assert by_number.status == 200, by_number.body
        own, shared = by_number.body["dossiers"]
        assert own["document"]["applicant"] == ME
        text = json.dumps(by_number.body, ensure_ascii=False)
        for mark in ("Khác Thử", "000000074002", "0900074002", "Ngõ 74002"):
            assert mark not in text, mark
        assert shared["document"]["owners"][1]["phone"] == ME["phone"]
        given = {one["office"]: one for one in own["given_to"]}
        assert given["land-mau-1"]["certain"]
        assert any(f.startswith("applicant") for f in given["land-mau-1"]["fields"])
        assert "operator" in {one["by"] for one in own["read_by"]}
        by_name = await asked(world, name="trần thị  hỏi thử", birth="17/05/1980")
        ids = [one["dossier_id"] for one in by_name.body["dossiers"]]
        assert ids == [own["dossier_id"], shared["dossier_id"]]
        # A namesake of another birthday is another person.
        other = await asked(world, name=str(ME["name"]), birth="02/01/1975")
        assert len(other.body["dossiers"]) == 1
        assert own["dossier_id"] not in str(other.body)
        body = {k: v for k, v in by_number.body.items() if k != "digest"}
        digest = hashlib.sha256(canonical_json(body)).hexdigest()
        assert by_number.body["digest"] == digest
        lines = await world.call("GET", "/v1/journal?kind=luu-tru", role="head")
        assert str(lines.body).count("Xuất dữ liệu của một người") == 3
        assert "000000074001" not in str(lines.body)


async def test_who_may_not_or_says_too_little_gets_nothing(tmp_path: Path) -> None:
    async with quiet_world(tmp_path / "run") as world:
        await _prepared(world)
        for role in ("operator", "reader", "one_stop"):
            refused = await asked(world, role, identity="000000074001")
            assert refused.status == 403, role
        for whom in ({}, {"name": "Trần Thị Hỏi Thử"}, {"identity": 5}, {"birth": "x"}):
            wrong = await asked(world, **whom)
            assert (wrong.status, wrong.body["code"]) == (400, "person_invalid"), whom
        unsaid = await world.call(
            "POST", "/v1/person-export", {"identity": "000000074001"}, role="head"
        )
        assert unsaid.status in {400, 422}
        lines = await world.call("GET", "/v1/journal?kind=luu-tru", role="head")
        assert "Xuất dữ liệu" not in str(lines.body)


async def test_the_command_writes_what_can_be_handed_over(tmp_path: Path) -> None:
    async with quiet_world(tmp_path / "run") as world:
        await _prepared(world)
        whom, to = tmp_path / "hoi.json", tmp_path / "tra-loi.zip"
        whom.write_text(json.dumps({"identity": "000000074001"}), "utf-8")
        words = ("person", "export", "--asked", whom, "--to", to, "--reason", REASON)
        made = await lienthong(*words, run_dir=world.stage.run_dir, columns=200)
        assert made.code == 0, made.err
        assert to.stat().st_mode & 0o777 == 0o600
        assert "074001" not in made.out
        with zipfile.ZipFile(to) as packed:
            found = json.loads(packed.read("du-lieu.json"))
            shown = packed.read("trang-in.html").decode()
        assert found["digest"] in made.out.replace("\n", "")
        assert "Trần Thị Hỏi Thử" in shown
        assert "Khác Thử" not in shown
        again = await lienthong(*words, run_dir=world.stage.run_dir, columns=200)
        assert (again.code, "đã có" in again.err) == (1, True)
