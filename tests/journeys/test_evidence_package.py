"""A dossier's evidence, taken away and checked without the gateway, on either store."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import itertools
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from gateway.disk import archives
from gateway.evidence import packing
from gateway.validation.evidence_package import Trust, check, published
from gateway.wiring.stage import EXAMPLES
from tests.evidence_making import SCRIPT, ours
from tests.journeys.commands import lienthong
from tests.journeys.test_on_postgresql import FILES, store_table
from tests.world import World, document_of, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

    from tests.world import Answered

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
EXAMPLE = "01-chuyen-nhuong-thuong"
WHY = {"reason": "Theo yêu cầu của đoàn thanh tra"}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path / "run", example=EXAMPLE, configure=quick)
    if request.param == "postgresql":
        database = request.getfixturevalue("database")
        world.more_settings = store_table(database, tmp_path / "password") + FILES
    async with world:
        await world.feed(EXAMPLE)
        await world.pass_hours(24 * 12)
        yield world


@pytest.fixture
def number() -> str:
    return str(document_of(EXAMPLE)["number"])


async def taken(world: World, number: str, role: str = "head", **more: Any) -> Answered:
    path = f"/v1/dossiers/{number}/evidence"
    return await world.call("POST", path, {**WHY, **more}, role=role)


async def printed(world: World) -> list[str]:
    answered = await world.call("GET", "/v1/evidence-keys", role="")
    return [one["fingerprint"] for one in answered.body["keys"]]


def alone(path: Path, *options: str) -> tuple[int, str]:
    """The script as a process that can import nothing of ours, nor any library."""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", SCRIPT, path, *options],
        capture_output=True,
        text=True,
        check=False,
        cwd=path.parent,
    )
    assert ran.stderr == ""
    return ran.returncode, ran.stdout


async def test_a_package_is_whole_for_whoever_has_the_fingerprint(
    world: World, number: str, tmp_path: Path
) -> None:
    answered = await taken(world, number)
    assert (answered.status, answered.headers["Content-Type"]) == (
        200,
        "application/zip",
    )
    (fingerprint,) = await printed(world)
    verdict = check(answered.content, Trust(fingerprints=(fingerprint,)))
    assert (verdict.number, verdict.deleted) == (number, 0)
    assert verdict.lines > 20
    path = tmp_path / "goi.zip"
    path.write_bytes(answered.content)
    code, said = await asyncio.to_thread(alone, path, "--fingerprint", fingerprint)
    assert code == 0, said
    assert f"{verdict.lines} dòng nhật ký" in said
    ran = await lienthong(
        "verify", path, "--fingerprint", fingerprint, run_dir=tmp_path / "nowhere"
    )
    assert (ran.code, "CÒN NGUYÊN" in ran.out) == (0, True), ran.err
    assert (await asyncio.to_thread(alone, path))[0] == 2
    ran = await lienthong("verify", path, run_dir=tmp_path / "nowhere")
    assert (ran.code, "CHƯA KẾT LUẬN" in ran.err) == (2, True)
    broken = bytearray(answered.content)
    broken[len(broken) // 2] ^= 1
    path.write_bytes(broken)
    assert (await asyncio.to_thread(alone, path, "--fingerprint", fingerprint))[0] == 1
    ran = await lienthong("verify", path, run_dir=tmp_path / "nowhere")
    assert (ran.code, "KHÔNG KHỚP" in ran.err) == (1, True)


async def test_it_tells_who_gave_what_to_whom_and_who_had_it_when(
    world: World, number: str
) -> None:
    files = archives.read_stored((await taken(world, number)).content)
    found = json.loads(files[packing.EVENTS])
    events = [(one["hop"], one["result"], one["message"]) for one in found["events"]]
    assert events[0] == ("submission", "accepted", "accepted")
    assert ("delivery", "accepted", "hand_over") in events
    assert ("delivery", "accepted", "status") in events
    assert ("submission", "accepted", "finished") in events
    assert all(one["digest"] for one in found["events"][:2])
    handed = next(one for one in found["events"] if one["message"] == "hand_over")
    assert (handed["from"], handed["etsi"]) == ("gateway", "ContentConsignment")
    assert found["names"][handed["to"]]
    custody = json.loads(files[packing.CUSTODY])["custody"]
    ends = [(one["since"], one["until"]) for one in custody]
    assert len(ends) > 2
    assert all(before[1] == after[0] for before, after in itertools.pairwise(ends))
    shown = await world.call("GET", f"/v1/dossiers/{number}/evidence", role="operator")
    assert shown.body["events"] == found["events"]
    assert shown.body["custody"] == custody
    page = files[packing.PAGE].decode()
    assert number in page
    assert "Cơ quan đã nhận: Chuyển hồ sơ" in page
    assert "Văn phòng" in page


async def test_people_and_papers_go_along_only_where_the_head_opened_them(
    world: World, number: str
) -> None:
    path = EXAMPLES / EXAMPLE / "dossier.json"
    document = json.loads(path.read_text("utf-8"))
    name = document["applicant"]["name"]
    without = await taken(world, number)
    assert name.encode() not in without.content
    refused = await taken(world, number, payloads=True)
    assert (refused.status, refused.body["code"]) == (403, "personal_data_masked")
    unmask = f"/v1/dossiers/{number}/unmask"
    assert (await world.call("POST", unmask, WHY, role="head")).status == 200
    answered = await taken(world, number, payloads=True)
    assert answered.status == 200, answered.body
    assert ours(answered.content, Trust(tuple(await printed(world)))) == ""
    files = archives.read_stored(answered.content)
    rows = json.loads(files[packing.FILES])["files"]
    given = {
        base64.b64decode(file["content"])
        for paper in document["documents"]
        for file in paper.get("files", ())
    }
    inputs = [one for one in rows if one["role"] == "input"]
    assert given
    assert {files[f"files/{one['id']}"] for one in inputs} == given
    for one in rows:
        content = files[f"files/{one['id']}"]
        assert hashlib.sha256(content).hexdigest() == one["sha256"]
    assert all(one["lines"] == [1] for one in inputs), "named by the document itself"
    assert any(
        name.encode() in c for n, c in files.items() if n.startswith("payloads/")
    )


async def test_who_may_not_take_it_does_not_and_who_did_is_told(
    world: World, number: str
) -> None:
    for role in ("one_stop", "operator", "reader"):
        assert (await taken(world, number, role)).status == 403
    assert (await taken(world, number, "administrator", payloads=True)).status == 403
    path = f"/v1/dossiers/{number}/evidence"
    assert (await world.call("POST", path, {}, role="head")).status == 400
    unknown = await taken(world, "H00.01-260310-9999")
    assert unknown.status == 404
    assert (await taken(world, number)).status == 200
    told = await world.call("GET", "/v1/journal?kind=bao-cao", role="head")
    (line,) = told.body["journal"]
    assert (line["words"], line["reason"]) == (
        "Lấy gói bằng chứng của hồ sơ",
        WHY["reason"],
    )


async def test_a_package_is_made_though_somebody_else_seals_at_the_same_time(
    world: World, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.gateway is not None
    kept = world.gateway.opened.kept
    seal, second = kept.seal, 0

    async def too_late(*, now: datetime) -> int:
        nonlocal second
        await seal(now=now)
        second += 1
        return 0

    monkeypatch.setattr(kept, "seal", too_late)
    answered = await taken(world, number)
    assert answered.status == 200, answered.body
    assert second
    assert check(answered.content, Trust(tuple(await printed(world)))).lines > 20


async def test_what_was_deleted_by_its_term_leaves_the_chain_whole(
    world: World, number: str
) -> None:
    assert world.gateway is not None
    kept = world.gateway.opened.kept
    shown = await world.shown(number)
    lines = await kept.journal(shown["id"])
    gone = next(one.line.payload for one in lines if one.line.kind == "report")
    delete = "DELETE FROM payload WHERE id = ?"
    await kept._write(lambda tx: tx.db.execute(delete, (gone,)))
    answered = await taken(world, number)
    verdict = check(answered.content, Trust(tuple(await printed(world))))
    assert verdict.deleted == 1
    page = archives.read_stored(answered.content)[packing.PAGE].decode()
    assert "1 nội dung đã xóa theo thời hạn" in page


async def test_a_revoked_key_is_replaced_and_what_it_signed_is_signed_again(
    world: World, number: str, tmp_path: Path
) -> None:
    assert world.gateway is not None
    old = await taken(world, number)
    keys = (await world.call("GET", "/v1/evidence-keys", role="")).body["keys"]
    where = f"/v1/evidence-keys/{keys[0]['id']}/revoke"
    assert (await world.call("POST", where, WHY, role="head")).status == 403
    revoked = await world.call("POST", where, WHY, role="administrator")
    assert revoked.status == 200, revoked.body
    assert (await world.call("POST", where, WHY, role="administrator")).status == 409
    refused = await taken(world, number)
    assert (refused.status, refused.body["code"]) == (409, "evidence_key_missing")
    signer = world.gateway.opened.signer
    signer.rotate(world.now(), world.now() - world.now())
    answered = await taken(world, number)
    assert answered.status == 200
    listed = await world.call("GET", "/v1/evidence-keys", role="")
    path = tmp_path / "khoa.json"
    path.write_bytes(listed.content)
    trust = Trust(keys=published(listed.content))
    assert ours(answered.content, trust) == ""
    assert "đã bị thu hồi" in ours(old.content, trust)
    for content, code in ((answered.content, 0), (old.content, 1)):
        (tmp_path / "goi.zip").write_bytes(content)
        ran = await asyncio.to_thread(alone, tmp_path / "goi.zip", "--keys", str(path))
        assert ran[0] == code, ran[1]
