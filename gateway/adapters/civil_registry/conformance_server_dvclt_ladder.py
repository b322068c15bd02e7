"""How DVCLT takes reports up the ladder, by its interface document."""

from __future__ import annotations

import asyncio
from typing import Any

from gateway.adapters.civil_registry.conformance_btp_calls import PUSH, linked
from gateway.adapters.civil_registry.conformance_btp_calls import say as say_to_btp
from gateway.adapters.civil_registry.conformance_calls import body, folded, without
from gateway.adapters.civil_registry.conformance_dvclt_calls import (
    LIST,
    MARKED,
    REPORT,
    answered,
    ask,
    climbed,
    fresh,
    mark,
    of_unit,
    read,
    renew,
    report,
    second,
    send,
    session,
    taken_in,
    told,
    with_token,
)
from gateway.conforming import NotTried, Role, Trial, shows

SERVER = Role.SERVER


@shows(SERVER, "HT-701", "HT-702", "HT-703", "HT-704", "HT-707", "HT-708", "HT-716")
async def the_ladder_is_climbed_rung_by_rung(t: Trial) -> None:
    """1, 3, 7, 4, 5 theo thứ tự; trước khi đánh dấu, bỏ bước, báo lại, sau khi xong."""
    line = await fresh(t)
    said = await report(t, line, 1)
    answered(t, "HT-702", said, "not_sent", "báo 1 trước khi đánh dấu")
    await mark(t, str(line["maHoSo"]))
    await _missing(t, line, 4, "1")
    for rung, after in ((1, ()), (3, ((4, "7"),)), (7, ()), (4, ())):
        for later, lacks in after:
            await _missing(t, line, 4, "3")
            await report(t, line, rung)
            await _missing(t, line, later, lacks)
        if not after:
            said = await report(t, line, rung)
            t.holds("HT-716", said.name, f"báo {rung}: {said.shown}")
            if not answered(t, "HT-701", said, "taken", f"báo {rung}"):
                return
        if rung == 1:
            said = await report(t, line, 1)
            answered(t, "HT-704", said, "here_already", "báo 1 lần nữa")
    for rung in (1, 3, 7, 2, 6, 4):
        said = await report(t, line, rung)
        answered(t, "HT-707", said, "has_result", f"báo {rung} sau 4")
    answered(t, "HT-701", await report(t, line, 5), "taken", "báo 5")
    for rung in (1, 4, 5, 6):
        said = await report(t, line, rung)
        answered(t, "HT-708", said, "handed_out", f"báo {rung} sau 5")


async def _missing(t: Trial, line: Any, rung: int, lacks: str) -> None:
    """A rung was left out."""
    said = await report(t, line, rung)
    if answered(t, "HT-703", said, "rung_missing", f"báo {rung} khi thiếu {lacks}"):
        named = folded(said.words).endswith(f"trạng thái {lacks}")
        t.holds("HT-703", named, f"báo {rung}: không nêu trạng thái thiếu là {lacks}")


@shows(SERVER, "HT-705", "HT-711")
async def a_rung_again_changes_nothing(t: Trial) -> None:
    """Báo lại 3, 7: nhận, không đổi; báo lùi: wrong_ladder."""
    line = await climbed(t, 1, 3)
    answered(t, "HT-705", await report(t, line, 3), "taken", "báo 3 lần nữa")
    said = await report(t, line, 7)
    if said.name != "taken":
        raise NotTried(f"trạng thái 7 không được nhận ({said.shown})")
    answered(t, "HT-705", await report(t, line, 7), "taken", "báo 7 lần nữa")
    answered(t, "HT-711", await report(t, line, 3), "wrong_ladder", "báo 3 sau 7")
    said = await report(t, line, 4)
    t.holds("HT-711", said.name == "taken", f"báo 4 sau khi báo lùi: {said.shown}")


@shows(SERVER, "HT-705", "HT-706", "HT-630")
async def a_supplement_is_a_new_line(t: Trial) -> None:
    """Sau 2: báo lại 3 và 7; bổ sung là dòng mới cùng mã, chi tiết đầy đủ."""
    line = await climbed(t, 1, 3, 7)
    number, asked = str(line["maHoSo"]), told(t, line, 2)
    said = await send(t, asked)
    if said.name != "taken":
        raise NotTried(f"trạng thái 2 không được nhận ({said.shown})")
    said = await send(t, asked)
    answered(t, "HT-705", said, "taken", "báo 2 lần nữa, cùng thoiGianThucHien")
    said = await report(t, line, 7)
    answered(t, "HT-706", said, "rung_missing", "báo 7 ngay sau 2")
    await t.ask("add_papers", number)
    found: list[Any] = []

    async def look() -> bool:
        found[:] = [one for one in await of_unit(t) if one.get("maHoSo") == number]
        return bool(found)

    await t.until(look, f"bổ sung của {number} trong danh sách DVCLT")
    other = found[0].get("id") != line.get("id")
    t.holds("HT-630", other, "bổ sung có cùng id với dòng đầu")
    inner = second(await ask(t, f"{LIST}/{found[0].get('id')}"))
    wrong = t.wrong("dvclt-detail-inner", inner)
    t.holds("HT-630", not wrong, f"chi tiết bổ sung sai khuôn ở {', '.join(wrong)}")
    said = await mark(t, number)
    t.holds("HT-630", folded(MARKED) in folded(said.words), f"daNhan: {said.shown}")
    for rung in (3, 7):
        said = await report(t, line, rung)
        answered(t, "HT-706", said, "taken", f"báo lại {rung} sau bổ sung")


@shows(SERVER, "HT-709")
async def a_refusal_ends_the_ladder(t: Trial) -> None:
    """6 sau 1 được nhận; sau đó không gì được báo nữa."""
    line = await climbed(t, 1)
    answered(t, "HT-709", await report(t, line, 6), "taken", "báo 6 sau 1")
    for rung in (1, 3, 6):
        said = await report(t, line, rung)
        answered(t, "HT-709", said, "refused_there", f"báo {rung} sau 6")


@shows(SERVER, "HT-710", "HT-714", "HT-712", "HT-713")
async def a_wrong_report_is_not_stored(t: Trial) -> None:
    """Báo cáo thiếu trường, sai khuôn, không đọc được; hồ sơ không có."""
    strange = {"maHoSo": t.number()}
    answered(t, "HT-710", await report(t, strange, 1), "not_there", "hồ sơ không có")
    said = await report(t, strange, 1, coQuanXuLy=4)
    answered(t, "HT-714", said, "fields_wrong", "trường sai, hồ sơ không có")
    line = await taken_in(t)
    fine = told(t, line, 1)
    wrong: list[tuple[str, dict[str, Any]]] = [
        *((f"thiếu {name}", without(fine, name)) for name in fine),
        ("trangThai 9", {**fine, "trangThai": 9}),
        ("trangThai là chữ", {**fine, "trangThai": "1"}),
        ("coQuanXuLy 4", {**fine, "coQuanXuLy": 4}),
        ("giờ có gạch chéo", {**fine, "thoiGianThucHien": "10/03/2026 14:30:00"}),
        ("2 thiếu hạn bổ sung", without(told(t, line, 2), "hanBoSungHoSo")),
        ("hạn bổ sung sai", told(t, line, 2, hanBoSungHoSo="2026-03-20")),
    ]
    for what, content in wrong:
        answered(t, "HT-712", await send(t, content), "fields_wrong", what)
    for raw in (b"thu", body(fine)[:40], b"[]"):
        said = read(t, await ask(t, REPORT, raw, method="POST"))
        answered(t, "HT-712", said, "fields_wrong", "báo cáo không đọc được")
    result = told(t, line, 4)
    for what, content in (
        ("4 thiếu ketQuaXuLy", without(result, "ketQuaXuLy")),
        ("ketQuaXuLy là đối tượng", {**result, "ketQuaXuLy": {}}),
        ("ketQuaXuLy không phải JSON", {**result, "ketQuaXuLy": "thu"}),
        ("ketQuaXuLy thiếu soDangKy", {**result, "ketQuaXuLy": "{}"}),
    ):
        answered(t, "HT-713", await send(t, content), "fields_wrong", what)
    said = await report(t, line, 1)
    t.holds("HT-712", said.name == "taken", f"sau các báo cáo sai, báo 1: {said.shown}")


@shows(SERVER, "HT-717")
async def two_equal_reports_at_once_count_once(t: Trial) -> None:
    """Hai báo cáo 1 giống nhau cùng lúc: cả hai là done."""
    content = told(t, await taken_in(t), 1)
    both = await asyncio.gather(send(t, content), send(t, content))
    done = all(one.sort == "done" for one in both)
    t.holds("HT-717", done, f"cùng lúc: {both[0].shown}; {both[1].shown}")
    once = sum(one.name == "taken" for one in both) <= 1
    t.holds("HT-717", once, "cả hai báo cáo 1 cùng được nhận là mới")


@shows(SERVER, "HT-715")
async def what_was_registered_by_hand_is_told_so(t: Trial) -> None:
    """Hồ sơ đã đăng ký tại chỗ ở bên kia: báo gì cũng là registered."""
    line = await climbed(t, 1)
    number = str(line["maHoSo"])
    await t.ask("by_hand", number)
    if t.can_call:
        await say_to_btp(t, PUSH, linked(t, number))

    async def look() -> bool:
        return (await report(t, line, 1)).name == "registered"

    await t.until(look, f"DVCLT biết hồ sơ {number} đã đăng ký tại chỗ")
    for rung in (3, 7, 6):
        said = await report(t, line, rung)
        answered(t, "HT-715", said, "registered", f"báo {rung}")


@shows(SERVER, "HT-217")
async def a_token_ends_and_is_renewed(t: Trial) -> None:
    """Token hết hạn sau thời gian của nó: 401; refresh token còn gia hạn được."""
    pair = await session(t)
    await t.quiet(lambda _call: False, "token hết hạn", limit="token_s")
    answer = await with_token(t, pair["token"], LIST)
    t.holds("HT-217", answer.status == 401, f"token hết hạn: HTTP {answer.status}")
    answer = await renew(t, pair)
    t.holds("HT-217", answer.status == 200, f"gia hạn sau đó: HTTP {answer.status}")


@shows(SERVER, "HT-205", "HT-1102")
async def dvclt_answers_over_tls(t: Trial) -> None:
    """DVCLT trả lời trong thời hạn; chứng thư được xem trước khi gửi gì."""
    await of_unit(t)
