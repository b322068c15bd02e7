"""That an acknowledgement did not come, on paper: what was sent, and how to verify it."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import pytest

from gateway.domain.identifiers import DossierId
from tests.journeys.commands import lienthong
from tests.journeys.test_callbacks import handed_over, progress, quiet_world
from tests.unit.paper.words import text_of
from tests.world import a_dossier

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0079"
LAND = "Văn phòng đăng ký đất đai tỉnh Mẫu – Chi nhánh Mẫu Một (giả lập)"
_LINE = re.compile(
    r"Mã băm dòng trước: (\w+)\nMã băm dòng này: (\w+)\nNguyên văn: (.*)\n"
)


async def printed(world: World) -> str:
    path = f"/v1/dossiers/{NUMBER}/papers/non-receipt.docx"
    answered = await world.call("GET", path, role="reader")
    assert answered.status == 200, answered.body
    return text_of(answered.content)


async def test_a_record_says_what_was_sent_and_proves_itself(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        early = await world.call(
            "GET", f"/v1/dossiers/{NUMBER}/papers/non-receipt.docx", role="reader"
        )
        assert (early.status, early.body["code"]) == (409, "paper_not_possible")
        assert "chưa lập biên bản" in early.body["remedy"]
        await world.pass_hours(24 * 5)
        await world.settle()
        await world.seal()
        text = await printed(world)

        (sent,) = await world.transfers(NUMBER, "hand_over")
        for part in (
            f"1. {LAND}: không nhận được «xác nhận đã nhận hồ sơ»",
            "Thời hạn: 1 ngày làm việc, hết lúc",
            "hạn chót thêm 1 ngày làm việc",
            "Căn cứ: thỏa thuận kết nối (ví dụ) (chưa đối chiếu với văn bản)",
            sent["id"],
            "07 giờ 30 phút, ngày 10/03/2026",
            "hệ thống của cơ quan đã nhận",
            "Đến lúc in, đơn vị chưa có phản hồi nào sau biên bản.",
            "số niêm phong",
        ):
            assert part in text
        assert a_dossier(NUMBER)["applicant"]["name"] not in text
        (found,) = _LINE.findall(text)
        previous, digest, line = found
        made = hashlib.sha256(bytes.fromhex(previous) + line.encode()).hexdigest()
        assert made == digest
        assert world.gateway is not None
        store = world.gateway.tools.store
        identifier = DossierId((await world.shown(NUMBER))["id"])
        (kept,) = [
            one
            for one in await store.journal(identifier)
            if one.line.kind == "not_received"
        ]
        assert kept.digest.hex() == digest
        document = await store.document(identifier, 1)
        assert document is not None
        assert document.digest.hex() in text


async def test_what_the_office_said_afterwards_stands_on_the_record(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        await world.pass_hours(24 * 5)
        await world.settle()
        await world.push("ChuyenHoSo", progress(NUMBER, 11, "2026-03-15T08:00:00"))
        await world.settle()
        text = await printed(world)

        assert "Sau biên bản, đơn vị có phản hồi: Chuyển bước xử lý" in text
        assert "chưa có phản hồi nào" not in text


async def test_a_record_is_had_from_page_and_command(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        await world.pass_hours(24 * 5)
        await world.settle()
        identifier = (await world.shown(NUMBER))["id"]
        page = f"/console/ho-so/{identifier}"
        shown = (await world.call("GET", page, role="reader")).content.decode()
        assert f"{page}/giay-to/non-receipt" in shown
        assert "lẽ ra trước" in shown
        assert "không hỏi lại được qua hệ thống" in shown
        sheet = await world.call("GET", f"{page}/giay-to/non-receipt", role="reader")
        assert sheet.status == 200
        assert "không nhận được «xác nhận đã nhận hồ sơ»" in sheet.content.decode()
        out = tmp_path / "bien-ban.docx"
        done = await lienthong(
            *("paper", "get", NUMBER, "non-receipt", "--out", out),
            run_dir=world.stage.run_dir,
        )
        assert done.code == 0, done.err
        assert LAND in text_of(out.read_bytes())
