"""What a tax office says of slips later, and how often it may be asked, by its document."""

from __future__ import annotations

import asyncio
import tomllib
from pathlib import Path
from typing import Any

from gateway.adapters.tax.conformance_calls import (
    FILE,
    NOTICES,
    SLIP,
    TOTALS,
    Numbers,
    Told,
    ask,
    call,
    enquiry,
    envelope,
    numbers,
    on_file,
    read,
    refused,
    resulted,
    say,
    sign,
    slip,
    until_asked_again,
)
from gateway.adapters.tax.conformance_server import is_now
from gateway.adapters.tax.conformance_xml import text_at
from gateway.conforming import Role, Trial, shows

SERVER = Role.SERVER
#: Lists of codes by kind of message (§8.1).
LISTS = {SLIP: "02", NOTICES: "11", TOTALS: "29", FILE: "40"}
#: More than there is room for at once, however fast they are answered.
BURST = 12


async def decided(t: Trial, act: str, code: str = NOTICES) -> tuple[Numbers, Told]:
    """A slip, and the first answer that is no longer *working*."""
    of = await on_file(t, act)
    await t.ask(act, of.dossier)
    last: list[Told] = []

    async def look() -> bool:
        last[:] = [await ask(t, code, of.triple)]
        return last[0].result not in {"", "01"}

    await t.until(look, f"kết quả của hồ sơ {of.dossier}")
    return of, last[0]


@shows(SERVER, "TX-705", "TX-706", "TX-504", "TX-903")
async def a_slip_is_there_at_once(t: Trial) -> None:
    """Phiếu vừa nhận có ngay trong hồ sơ; chưa có kết quả thì trả 01; số so từng ký tự."""
    of = await on_file(t)
    told = await ask(t, FILE, of.triple)
    t.holds(
        "TX-903", told.result != "02", "phiếu đã được nhận nhưng hỏi ngay thì không có"
    )
    resulted(t, "TX-705", told, "00", "hỏi phiếu vừa nhận (17)")
    rows = told.rows("DS_HOSO/HOSO")
    row = rows[0] if rows else None
    fine = text_at(row, "SEQ_ID") == of.seq and text_at(row, "MSG_TYPE") == "10"
    why = "DS_HOSO không có đúng một dòng với SEQ_ID và MSG_TYPE của phiếu"
    t.holds("TX-705", len(rows) == 1 and fine, why)
    if row is not None:
        now = is_now(t, text_at(row, "NGAY_NHAN"))
        t.holds("TX-705", now, "NGAY_NHAN không phải giờ Việt Nam lúc nhận")
    for code in (NOTICES, TOTALS):
        told = await ask(t, code, of.triple)
        resulted(t, "TX-706", told, "01", f"{code} khi chưa có kết quả")
    other = (of.dossier, of.certificate, of.slip.lower())
    resulted(t, "TX-504", await ask(t, FILE, other), "02", "SO_PHIEU viết chữ thường")


@shows(SERVER, "TX-703", "TX-704", "TX-707", "TX-708")
async def notices_come_and_are_owed(t: Trial) -> None:
    """Ra thông báo: danh sách, từng thông báo theo số, tổng phải nộp, tình trạng hồ sơ."""
    of, told = await decided(t, "decide")
    if not resulted(t, "TX-707", told, "00", "thông báo (14)"):
        return
    notices = told.rows("DS_THONGBAO/THONGBAO")
    if not t.holds("TX-707", notices, "kết quả 00 nhưng không có THONGBAO"):
        return
    resulted(
        t, "TX-707", await ask(t, FILE, of.triple), "03", "hồ sơ đã ra thông báo (17)"
    )
    await _one_by_one(t, of, text_at(notices[0], "SO_QUYET_DINH"))
    totals = await ask(t, TOTALS, of.triple)
    if not resulted(t, "TX-708", totals, "00", "nghĩa vụ (16)"):
        return
    valid = [one for one in notices if text_at(one, "TRANG_THAI") == "1"]
    owed = sum(_amount(text_at(one, "SO_TIEN")) for one in valid)
    due = _amount(totals.told("NVTC/TONG_PHAI_NOP"))
    t.holds("TX-708", due == owed, "TONG_PHAI_NOP khác tổng SO_TIEN còn hiệu lực")
    t.holds("TX-708", _remains(totals), "TONG_CON_PNOP khác phải nộp trừ đã nộp")
    paid = _amount(totals.told("NVTC/TONG_DA_NOP"))
    dated = bool(totals.told("NVTC/NGAY_NOP_CUOI"))
    t.holds("TX-708", dated == (paid > 0), "NGAY_NOP_CUOI không theo TONG_DA_NOP")


async def _one_by_one(t: Trial, of: Numbers, number: str) -> None:
    told = await ask(t, NOTICES, of.triple, kind="15")
    refused(t, "TX-703", told, "30", "hỏi theo thông báo (15) không có SO_QUYET_DINH")
    told = await ask(t, NOTICES, of.triple, kind="15", notice=number)
    found = [text_at(one, "SO_QUYET_DINH") for one in told.rows("DS_THONGBAO/THONGBAO")]
    why = f"hỏi đúng một thông báo (15): {told.shown}, {len(found)} thông báo"
    t.holds("TX-704", found == [number], why)
    await until_asked_again(t)
    told = await ask(t, NOTICES, of.triple, kind="15", notice="BO-THU/KHONG-CO")
    resulted(t, "TX-704", told, "05", "hỏi thông báo không có (15)")


def _amount(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else -1


def _remains(totals: Told) -> bool:
    due, paid, left = (
        _amount(totals.told(f"NVTC/{name}"))
        for name in ("TONG_PHAI_NOP", "TONG_DA_NOP", "TONG_CON_PNOP")
    )
    return min(due, paid, left) >= 0 and left == max(due - paid, 0)


@shows(SERVER, "TX-709")
async def payment_is_seen(t: Trial) -> None:
    """Đã nộp đủ: TONG_CON_PNOP là 0, có NGAY_NOP_CUOI, hồ sơ hoàn thành."""
    of = await on_file(t, "pay")
    await t.ask("pay", of.dossier)
    last: list[Told] = []

    async def look() -> bool:
        last[:] = [await ask(t, TOTALS, of.triple)]
        return last[0].told("NVTC/TONG_CON_PNOP") == "0"

    await t.until(look, f"hồ sơ {of.dossier} đã nộp")
    totals = last[0]
    due, paid = (
        _amount(totals.told(f"NVTC/{name}"))
        for name in ("TONG_PHAI_NOP", "TONG_DA_NOP")
    )
    fine = totals.result == "00" and 0 < due <= paid
    t.holds("TX-709", fine, f"đã nộp đủ nhưng {totals.shown}, số đã nộp không đủ")
    dated = bool(totals.told("NVTC/NGAY_NOP_CUOI"))
    t.holds("TX-709", dated, "đã nộp nhưng không có NGAY_NOP_CUOI")
    resulted(t, "TX-709", await ask(t, FILE, of.triple), "05", "hồ sơ đã nộp (17)")


@shows(SERVER, "TX-710")
async def who_is_exempt_owes_nothing(t: Trial) -> None:
    """Được miễn: 03, không có thông báo, tổng phải nộp là 0."""
    of, told = await decided(t, "exempt")
    resulted(t, "TX-710", told, "03", "được miễn (14)")
    t.holds("TX-710", not told.rows("DS_THONGBAO"), "được miễn nhưng có thông báo")
    totals = await ask(t, TOTALS, of.triple)
    if resulted(t, "TX-710", totals, "03", "được miễn (16)"):
        due, freed = (
            _amount(totals.told(f"NVTC/{name}"))
            for name in ("TONG_PHAI_NOP", "TONG_MIEN_GIAM")
        )
        why = "được miễn nhưng TONG_PHAI_NOP khác 0 hoặc TONG_MIEN_GIAM không có"
        t.holds("TX-710", due == 0 and freed >= 0, why)


@shows(SERVER, "TX-711")
async def a_slip_given_back_says_why(t: Trial) -> None:
    """Chuyển trả: 04 ở cả ba truy vấn, DIEN_GIAI có lý do sau dấu hai chấm."""
    of, told = await decided(t, "give_back")
    answers = [(NOTICES, told)]
    answers += [(code, await ask(t, code, of.triple)) for code in (TOTALS, FILE)]
    for code, one in answers:
        if resulted(t, "TX-711", one, "04", f"{code} về phiếu bị chuyển trả"):
            _, _, reason = one.told("DIEN_GIAI").partition(": ")
            t.holds("TX-711", reason.strip(), f"{code}: DIEN_GIAI không có lý do")


@shows(SERVER, "TX-604")
async def a_replacing_slip_closes_the_one_it_names(t: Trial) -> None:
    """Phiếu thay thế: số cũ trả 06 ở cả ba truy vấn, số mới là một hồ sơ."""
    of = await on_file(t)
    new = Numbers(of.dossier, of.certificate, f"{of.slip}/TT", t.identifier())
    told = await say(t, SLIP, sign(t, SLIP, slip(t, new, "11", of.seq)))
    t.holds("TX-604", told.error == "0", f"phiếu thay thế: {told.shown}")
    for code in (NOTICES, TOTALS, FILE):
        told = await ask(t, code, of.triple)
        resulted(t, "TX-604", told, "06", f"{code} với số phiếu đã bị thay thế")
    told = await ask(t, FILE, new.triple)
    found = [text_at(one, "SEQ_ID") for one in told.rows("DS_HOSO/HOSO")]
    why = f"hỏi với số phiếu mới: {told.shown}, {len(found)} hồ sơ"
    t.holds("TX-604", found == [new.seq], why)


@shows(SERVER, "TX-802", "TX-803")
async def codes_are_those_of_the_lists(t: Trial) -> None:
    """ERROR_CODE, MA_KETQUA có trong danh mục; MA_KETQUA có đúng khi truy vấn được nhận."""
    of = await on_file(t)
    answers = [(SLIP, await say(t, SLIP, sign(t, SLIP, slip(t, numbers(t)))))]
    for code in (NOTICES, TOTALS, FILE):
        answers.append((code, await ask(t, code, of.triple)))
        kind = "17" if code != FILE else "14"
        answers.append((code, await ask(t, code, of.triple, kind=kind)))
    known = _codes(t.folder)
    for code, told in answers:
        listed = known[f"ERROR_CODE_{LISTS[code]}"]
        t.holds("TX-802", told.error in listed, f"{code}: {told.shown}, ngoài danh mục")
        wanted = code != SLIP and told.error == "0"
        given = told.told("MA_KETQUA")
        fine = given in known[f"MA_KETQUA_{LISTS[code]}"] if wanted else not given
        t.holds("TX-803", fine, f"{code}: {told.shown}, MA_KETQUA không đúng chỗ")


def _codes(folder: Path) -> dict[str, set[str]]:
    rows = tomllib.loads((folder / "codes.toml").read_text("utf-8"))["code"]
    found: dict[str, set[str]] = {"MA_KETQUA_02": set()}
    for row in rows:
        for name in row["lists"]:
            found.setdefault(name, set()).add(row["code"])
    return found


@shows(SERVER, "TX-901")
async def who_asks_too_often_is_told_so(t: Trial) -> None:
    """Hỏi lại về cùng phiếu sớm hơn 15 phút: 91."""
    of = await on_file(t)
    await ask(t, NOTICES, of.triple)
    told = await ask(t, NOTICES, of.triple)
    refused(t, "TX-901", told, "91", "hỏi lại ngay về cùng phiếu (14)")
    await until_asked_again(t)
    told = await ask(t, NOTICES, of.triple)
    t.holds("TX-901", told.error == "0", f"hỏi lại sau 15 phút: {told.shown}")


@shows(SERVER, "TX-902")
async def too_many_calls_are_told_so(t: Trial) -> None:
    """Nhiều lời gọi cùng lúc: có lời gọi bị trả 91, với các số để trống."""
    calls = []
    for _ in range(BURST):
        document = sign(t, FILE, enquiry(t, FILE, numbers(t).triple))
        calls.append(call(t, FILE, document))
    answers = await asyncio.gather(*(_at_once(t, one) for one in calls))
    over = [one for one in answers if one.error == "91"]
    why = f"{BURST} lời gọi cùng lúc: không lời gọi nào bị trả 91"
    t.holds("TX-902", over, why)
    bare = not any(any(one.triple) for one in over)
    t.holds(
        "TX-902", bare, "trả lời 91 vì quá nhiều lời gọi nhưng các số không để trống"
    )


async def _at_once(t: Trial, elements: dict[str, Any]) -> Told:
    answer = await t.post(
        "/tct/GuiThongDiep",
        envelope(elements),
        headers={"Content-Type": "text/xml; charset=utf-8"},
    )
    return read(answer, elements["IdThongDiep"])


@shows(SERVER, "TX-904", "TX-204")
async def calls_are_answered_over_tls(t: Trial) -> None:
    """Lời gọi được trả lời trong thời hạn; chứng thư được xem trước khi gửi gì."""
    await ask(t, FILE, numbers(t).triple)
