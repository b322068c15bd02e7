"""What the portal says of slips later, and of answers to tax's questions, by its document."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any

from gateway.adapters.tax.conformance_calls import Numbers, numbers
from gateway.adapters.tax.conformance_portal_calls import (
    NEW,
    REPLY,
    Said,
    amount,
    answered,
    ask,
    call,
    digest,
    stands,
    taken,
    tell,
    there,
    without,
)
from gateway.adapters.tax.conformance_portal_client import about
from gateway.adapters.tax.conformance_xml import VIETNAM
from gateway.conforming import Role, Trial, shows

SERVER = Role.SERVER
#: How far the clock of the other side may be away.
CLOCK_S = 900
PAPER = base64.b64encode(b"%PDF-1.4 giay to thu cua bo thu").decode()
#: Notices that are owed (§7).
OWED = {"1", "4"}
#: States in which tax has made up its mind (§7.1).
DECIDED = {"DA_CO_THONG_BAO", "DA_HOAN_THANH", "MIEN", "GHI_NO", "TRA_LAI"}


async def until_state(t: Trial, act: str, states: set[str]) -> tuple[Numbers, Said]:
    """A slip that tax was asked to do something with, and the first such answer."""
    of = await there(t, act)
    await t.ask(act, of.dossier)
    last: list[Said] = []

    async def look() -> bool:
        last[:] = [await ask(t, of)]
        return last[0].state in states

    await t.until(look, f"hồ sơ {of.dossier}: {', '.join(sorted(states))}")
    return of, last[0]


def whole(t: Trial, number: str, said: Said, of: Numbers) -> None:
    """What every answer about a slip on file has."""
    wrong = t.wrong("TraCuuNghiaVu.reply", said.content)
    t.holds(number, not wrong, f"{said.state}: sai khuôn ở {', '.join(wrong)}")
    same = said.data.get("MaHoSo") == of.dossier and said.data.get("SoPhieu") == of.slip
    t.holds(number, same, f"{said.state}: MaHoSo, SoPhieu không phải của phiếu")


def adds_up(t: Trial, number: str, said: Said) -> None:
    """Whether the totals are those of the notices."""
    owed = sum(
        amount(one.get("SoTien"))
        for one in said.rows("DanhSachThongBao")
        if one.get("TrangThai") in OWED
    )
    due, paid, left = (
        said.amount(name) for name in ("TongPhaiNop", "TongDaNop", "TongConPhaiNop")
    )
    why = f"{said.state}: TongPhaiNop khác tổng các thông báo 1 và 4"
    t.holds(number, due == owed, why)
    fine = min(due, paid) >= 0 and left == max(due - paid, 0)
    t.holds(number, fine, f"{said.state}: TongConPhaiNop khác phải nộp trừ đã nộp")


@shows(SERVER, "TP-702", "TP-704", "TP-1205")
async def a_slip_is_there_at_once(t: Trial) -> None:
    """Phiếu vừa nhận: DANG_XU_LY, có mã băm của đúng các byte đã gửi."""
    of = numbers(t)
    document = await taken(t, of)
    said = await ask(t, of)
    there_is = said.state not in {"", "CHUA_CO"}
    t.holds("TP-1205", there_is, f"hỏi ngay phiếu vừa nhận: {said.shown}")
    if not stands(t, "TP-702", said, "DANG_XU_LY", "hỏi phiếu vừa nhận"):
        return
    whole(t, "TP-702", said, of)
    rows = said.rows("DanhSachPhieu")
    row = rows[0] if rows else {}
    fine = len(rows) == 1 and row.get("LoaiPhieu") == NEW
    t.holds("TP-704", fine, "DanhSachPhieu không có đúng một phiếu loại 10")
    same = row.get("MaBam") == digest(document) and row.get("SoPhieu") == of.slip
    t.holds("TP-704", same, "MaBam không phải SHA-256 của các byte đã gửi")
    now = _is_now(t, row.get("ThoiGianNhan"))
    t.holds("TP-704", now, "ThoiGianNhan không phải giờ Việt Nam lúc nhận")


def _is_now(t: Trial, text: object) -> bool:
    try:
        found = datetime.strptime(str(text), "%Y%m%d%H%M%S").replace(tzinfo=VIETNAM)
    except ValueError:
        return False
    return abs(found - t.now()) <= timedelta(seconds=CLOCK_S)


@shows(SERVER, "TP-705")
async def notices_are_owed(t: Trial) -> None:
    """Đã ra thông báo: danh sách, hạn nộp, các tổng khớp nhau."""
    of, said = await until_state(t, "decide", DECIDED)
    stands(t, "TP-705", said, "DA_CO_THONG_BAO", "đã ra thông báo, chưa nộp")
    whole(t, "TP-705", said, of)
    adds_up(t, "TP-705", said)


@shows(SERVER, "TP-706")
async def payment_is_seen(t: Trial) -> None:
    """Đã nộp đủ: DA_HOAN_THANH, không còn phải nộp."""
    of, said = await until_state(t, "pay", {"DA_HOAN_THANH"})
    whole(t, "TP-706", said, of)
    adds_up(t, "TP-706", said)
    paid = 0 < said.amount("TongPhaiNop") <= said.amount("TongDaNop")
    t.holds("TP-706", paid, "DA_HOAN_THANH nhưng TongDaNop không đủ")


@shows(SERVER, "TP-707")
async def who_is_exempt_owes_nothing(t: Trial) -> None:
    """Được miễn: MIEN, tổng phải nộp là 0."""
    of, said = await until_state(t, "exempt", DECIDED)
    stands(t, "TP-707", said, "MIEN", "được miễn")
    whole(t, "TP-707", said, of)


@shows(SERVER, "TP-708")
async def what_is_deferred_is_still_owed(t: Trial) -> None:
    """Ghi nợ: GHI_NO, thông báo trạng thái 4, vẫn còn phải nộp."""
    of, said = await until_state(t, "defer", DECIDED)
    stands(t, "TP-708", said, "GHI_NO", "ghi nợ mọi khoản")
    whole(t, "TP-708", said, of)
    adds_up(t, "TP-708", said)
    marks = [one.get("TrangThai") for one in said.rows("DanhSachThongBao")]
    t.holds("TP-708", "4" in marks, "GHI_NO nhưng không có thông báo trạng thái 4")


@shows(SERVER, "TP-709")
async def a_slip_given_back_says_why(t: Trial) -> None:
    """Chuyển trả: TRA_LAI có LyDo."""
    of, said = await until_state(t, "give_back", DECIDED)
    stands(t, "TP-709", said, "TRA_LAI", "bị chuyển trả")
    whole(t, "TP-709", said, of)
    reason = str(said.data.get("LyDo", "")).strip()
    t.holds("TP-709", reason, "TRA_LAI nhưng không có LyDo")


@shows(SERVER, "TP-714")
async def an_adjusted_notice_names_the_next(t: Trial) -> None:
    """Điều chỉnh bằng thông báo khác: thông báo cũ trạng thái 2, SoThayThe là số mới."""
    of = await there(t, "adjust")
    await t.ask("adjust", of.dossier)
    last: list[Said] = []

    async def look() -> bool:
        last[:] = [await ask(t, of)]
        rows = last[0].rows("DanhSachThongBao")
        return any(one.get("TrangThai") == "2" for one in rows)

    await t.until(look, f"thông báo của hồ sơ {of.dossier} được điều chỉnh")
    said = last[0]
    rows = said.rows("DanhSachThongBao")
    valid = {one.get("SoQuyetDinh") for one in rows if one.get("TrangThai") in OWED}
    old = [one for one in rows if one.get("TrangThai") == "2"]
    linked = all(one.get("SoThayThe") in valid for one in old)
    t.holds("TP-714", linked, "SoThayThe không phải số của một thông báo còn hiệu lực")
    whole(t, "TP-714", said, of)
    adds_up(t, "TP-714", said)


def reply_to(
    of: Numbers, question: str, text: str = "Bản sao kèm theo (thử)."
) -> dict[str, Any]:
    """Data of an answer to a question (§6)."""
    return {
        "MaHoSo": of.dossier,
        "SoPhieu": of.slip,
        "SoVanBan": question,
        "NoiDung": text,
        "DanhSachTep": [{"TenTep": "giay-to-thu.pdf", "Tep": PAPER}],
    }


@shows(SERVER, "TP-601", "TP-602", "TP-603", "TP-604", "TP-713")
async def a_question_is_answered_once(t: Trial) -> None:
    """Trả lời văn bản của thuế: một lần; trùng, khác nội dung, không ai hỏi."""
    of = await there(t, "question")
    await t.ask("question", of.dossier)
    pushed = await t.incoming(
        about(of.dossier, "YeuCauBoSungThongTin"),
        f"YeuCauBoSungThongTin của hồ sơ {of.dossier}",
    )
    question = str(((pushed.content or {}).get("Data") or {}).get("SoVanBan", ""))
    said = await ask(t, of)
    waits = said.state == "DANG_XU_LY" and str(said.data.get("LyDo", "")).strip()
    t.holds("TP-713", waits, f"đang chờ trả lời: {said.shown}, hoặc không có LyDo")
    good = reply_to(of, question)
    no_file = {**good, "DanhSachTep": [{"TenTep": "a.pdf", "Tep": "***"}]}
    said = await tell(t, REPLY, call(t, REPLY, no_file))
    answered(t, "TP-604", said, "unreadable_file", "tệp không phải base64")
    said = await tell(t, REPLY, call(t, REPLY, without(good, "DanhSachTep")))
    answered(t, "TP-604", said, "missing_field", "thiếu DanhSachTep")
    said = await tell(t, REPLY, call(t, REPLY, good))
    if not answered(t, "TP-601", said, "accepted", "trả lời văn bản"):
        return
    said = await tell(t, REPLY, call(t, REPLY, good))
    answered(t, "TP-602", said, "already_there", "trả lời lần nữa, y nguyên")
    for what, other in (
        ("chữ khác", reply_to(of, question, "Nội dung khác (thử).")),
        ("tệp khác", {**good, "DanhSachTep": []}),
    ):
        said = await tell(t, REPLY, call(t, REPLY, other))
        answered(t, "TP-603", said, "contradiction", f"trả lời lần nữa, {what}")


@shows(SERVER, "TP-605")
async def what_nobody_asked_is_not_answered(t: Trial) -> None:
    """Trả lời văn bản không có: không tìm thấy văn bản yêu cầu."""
    of = await there(t)
    said = await tell(t, REPLY, call(t, REPLY, reply_to(of, "BO-THU/KHONG-CO")))
    answered(t, "TP-605", said, "question_unknown", "trả lời văn bản không có")
