"""What either land system does with a dossier's later messages: papers, money, the end."""

from __future__ import annotations

from gateway.adapters.land_registry.conformance_calls import (
    HAND_OVER,
    HANDED,
    OWED,
    PAID,
    SUPPLEMENT,
    WITHDRAW,
    WRONG,
    Content,
    Land,
    Said,
    both,
    complaint,
    paper,
    supplement,
)
from gateway.adapters.land_registry.conformance_taking import handed
from gateway.conforming import NotTried, Role

SERVER = Role.SERVER


@both(SERVER, "307", "501", "515")
async def papers_that_were_asked_for_are_taken_once(land: Land) -> None:
    """Văn phòng yêu cầu bổ sung (chờ người của cơ quan): bổ sung được nhận một lần."""
    number = await land.given("papers")
    broken = paper(TapTin={"name": "hong.pdf", "data": "AAAAA"})
    spoilt = supplement(number, DanhSachGiayToBoSung=[broken])
    what = f"yêu cầu bổ sung hồ sơ {number}"
    said = await land.once(SUPPLEMENT, spoilt, "not_waiting", what)
    land.answered("307", said, "unreadable_file", "bổ sung có tệp hỏng")
    papers = supplement(number, DanhSachGiayToBoSung=[paper()], GhiChu="Bổ sung thử")
    said = await land.once(SUPPLEMENT, papers, "not_waiting", what)
    if land.holds("501", said.name == "accepted", f"đang chờ bổ sung: {said.shown}"):
        said = await land.say(SUPPLEMENT, papers)
        land.answered("515", said, "not_waiting", "gửi lại bổ sung")


@both(SERVER, "502", "504")
async def a_correction_is_taken_when_asked_for(land: Land) -> None:
    """Văn phòng yêu cầu cập nhật (chờ người của cơ quan): bản sửa được nhận một lần."""
    await _corrected(land, "correct", "502", "cập nhật", DiaChiTaiSan="Nơi khác")


@both(SERVER, "503", "504")
async def another_case_is_taken_when_asked_for(land: Land) -> None:
    """Văn phòng báo sai quy trình (chờ người của cơ quan): bản sửa được nhận một lần."""
    case = {"MaQuyTrinh": land.t.code("case_tax")}
    await _corrected(land, "wrong_case", "503", "sửa trường hợp", ThongTinQuyTrinh=case)


async def _corrected(
    land: Land, act: str, cited: str, what: str, **more: object
) -> None:
    number = await land.given(act)
    message = {**land.hand_over(number), **more}
    told = f"yêu cầu {what} hồ sơ {number}"
    said = await land.once(HAND_OVER, message, "already_there", told)
    if land.holds(cited, said.name == "accepted", f"bản {what}: {said.shown}"):
        said = await land.say(HAND_OVER, message)
        land.answered("504", said, "already_there", f"gửi lại bản {what}")


@both(SERVER, "505", "506", "516", "517", "521")
async def an_ended_dossier_is_handed_out(land: Land) -> None:
    """Đã kết thúc (chờ người của cơ quan): trả kết quả một lần, phản ánh mỗi lần là một lần."""
    number = await land.given("finish")
    said = await _ended(land, number)
    if land.holds("505", said.name == "accepted", f"đã kết thúc: {said.shown}"):
        said = await land.say(HANDED, handed(land)(number))
        land.answered("516", said, "result_already_handed", "báo trả kết quả lần nữa")
    said = await land.say(WRONG, complaint(number))
    land.answered("506", said, "accepted", "phản ánh kết quả sai")
    said = await land.say(WRONG, complaint(number))
    land.answered("517", said, "accepted", "phản ánh lần nữa")
    said = await land.say(SUPPLEMENT, supplement(number))
    land.answered("521", said, "dossier_ended", "bổ sung sau khi kết thúc")


async def _ended(land: Land, number: str) -> Said:
    what = f"kết thúc hồ sơ {number}"
    return await land.once(HANDED, handed(land)(number), "no_result_yet", what)


@both(SERVER, "507")
async def a_new_end_is_handed_out_anew(land: Land) -> None:
    """Kết thúc lại sau phản ánh (chờ người của cơ quan): báo trả kết quả được nhận lần nữa."""
    number = await land.given("finish_again")
    said = await _ended(land, number)
    if said.name != "accepted":
        raise NotTried(f"báo trả kết quả không được nhận ({said.shown})")
    await land.say(WRONG, complaint(number))
    message, what = handed(land)(number), f"kết thúc lại hồ sơ {number}"
    said = await land.once(HANDED, message, "result_already_handed", what)
    land.answered("507", said, "accepted", "trả kết quả sau khi kết thúc lại")


def has(land: Land, kind: str) -> None:
    """An operation of §9.5 to §9.7, which an office may lack.

    Raises:
        NotTried: it does.
    """
    if land.t.code(f"has_{kind}") != "có":
        raise NotTried(
            f"preset ghi cơ quan không có thao tác {land.d.operations[kind]}"
        )


def paid(land: Land, number: str, *notices: str) -> Content:
    """Nothing is left to pay (§9.5)."""
    rows = [{"SoThongBao": one, "SoTien": "2000000"} for one in notices]
    return {
        "SoBienNhan": number,
        "NgayHoanThanh": land.day(),
        "DanhSachThongBao": rows,
    }


def owed(land: Land, number: str, *notices: str) -> Content:
    """Tax asks for more (§9.7)."""
    rows = [{"SoThongBao": one, "HanNop": land.day()} for one in notices]
    return {"SoBienNhan": number, "NgayPhatSinh": land.day(), "DanhSachThongBao": rows}


def withdrawal(land: Land, number: str) -> Content:
    """The citizen withdraws (§9.6)."""
    reason = "Không còn nhu cầu (thử)"
    return {"SoBienNhan": number, "NgayRut": land.moment(), "LyDo": reason}


@both(SERVER, "951", "952", "953", "955", "956")
async def payment_is_noted_once(land: Land) -> None:
    """Hoàn thành nghĩa vụ tài chính: nhận một lần, không có số thông báo cũng nhận."""
    has(land, PAID)
    number = await land.taken()
    said = await land.say(PAID, paid(land, number, "0001/TB-THU"))
    if land.answered("951", said, "accepted", "báo đã hoàn thành"):
        said = await land.say(PAID, paid(land, number, "0001/TB-THU"))
        land.answered("952", said, "paid_already_noted", "báo lần nữa")
    exempt = await land.taken()
    said = await land.say(PAID, {**paid(land, exempt), "GhiChu": "Được miễn (thử)"})
    land.answered("953", said, "accepted", "danh sách thông báo rỗng")
    said = await land.say(PAID, paid(land, land.t.number()))
    land.answered("956", said, "unknown_dossier", "hồ sơ chưa có")
    fine = paid(land, await land.taken(), "0001/TB-THU")
    fine["DanhSachThongBao"][0]["SoTien"] = 2000000
    said = await land.say(PAID, fine)
    land.answered("955", said, "wrong_type", "SoTien là số")


@both(SERVER, "954")
async def payment_after_the_end(land: Land) -> None:
    """Sau khi kết thúc (chờ người của cơ quan): báo lần đầu là quá muộn, báo lại là đã ghi nhận."""
    has(land, PAID)
    noted = await land.given("finish")
    await land.must(PAID, paid(land, noted))
    await _ended(land, noted)
    said = await land.say(PAID, paid(land, noted))
    land.answered("954", said, "paid_already_noted", "báo lại sau khi kết thúc")
    late = await land.given("finish")
    await _ended(land, late)
    said = await land.say(PAID, paid(land, late))
    land.answered("954", said, "dossier_ended", "báo lần đầu sau khi kết thúc")


@both(SERVER, "971", "972", "973", "974", "975")
async def more_to_pay_counts_by_its_notices(land: Land) -> None:
    """Phát sinh nghĩa vụ: một lần theo bộ số thông báo, tính lại sau mỗi lần hoàn thành."""
    has(land, OWED)
    number = await land.taken()
    said = await land.say(OWED, owed(land, number, "0002/TB-THU"))
    if not land.answered("971", said, "accepted", "phát sinh khi chưa hoàn thành"):
        return
    said = await land.say(OWED, owed(land, number, "0002/TB-THU"))
    land.answered("972", said, "owed_again_already_noted", "cùng bộ số thông báo")
    said = await land.say(OWED, owed(land, number, "0002/TB-THU", "0003/TB-THU"))
    land.answered("973", said, "accepted", "bộ số thông báo khác")
    said = await land.say(OWED, owed(land, number))
    land.answered("973", said, "accepted", "không có số thông báo nào")
    has(land, PAID)
    for told in ("sau khi phát sinh", "sau khi phát sinh lần nữa"):
        said = await land.say(PAID, paid(land, number))
        if not land.answered("974", said, "accepted", f"báo hoàn thành {told}"):
            return
        said = await land.say(OWED, owed(land, number, "0002/TB-THU"))
        land.answered("975", said, "accepted", "cùng số, sau khi đã hoàn thành")


@both(SERVER, "961", "962")
async def a_withdrawal_is_noted_once(land: Land) -> None:
    """Rút hồ sơ: nhận một lần."""
    has(land, WITHDRAW)
    number = await land.taken()
    said = await land.say(WITHDRAW, withdrawal(land, number))
    if land.answered("961", said, "accepted", "rút hồ sơ"):
        said = await land.say(WITHDRAW, withdrawal(land, number))
        land.answered("962", said, "withdrawal_already_noted", "rút lần nữa")


@both(SERVER, "963", "964")
async def a_withdrawal_after_the_end_is_too_late(land: Land) -> None:
    """Rút hồ sơ đã kết thúc (chờ người của cơ quan): quá muộn, trừ khi đã ghi nhận trước đó."""
    has(land, WITHDRAW)
    number = await land.given("finish")
    await _ended(land, number)
    said = await land.say(WITHDRAW, withdrawal(land, number))
    land.answered("963", said, "dossier_ended", "rút sau khi kết thúc")
    noted = await land.given("withdrawn")
    message = withdrawal(land, noted)
    await land.must(WITHDRAW, message)
    await _ended(land, noted)
    said = await land.say(WITHDRAW, message)
    land.answered("964", said, "withdrawal_already_noted", "rút lại sau khi kết thúc")


@both(SERVER, "976")
async def more_to_pay_after_the_end(land: Land) -> None:
    """Sau khi kết thúc (chờ người của cơ quan): phát sinh lần đầu là quá muộn, báo lại là đã ghi nhận."""
    has(land, OWED)
    noted = await land.given("finish")
    message = owed(land, noted, "0002/TB-THU")
    await land.must(OWED, message)
    await _ended(land, noted)
    said = await land.say(OWED, message)
    land.answered("976", said, "owed_again_already_noted", "báo lại sau khi kết thúc")
    said = await land.say(OWED, owed(land, noted, "0003/TB-THU"))
    land.answered("976", said, "dossier_ended", "số khác sau khi kết thúc")
