"""How a water company's program takes lots, by its interface document."""

from __future__ import annotations

import json

from gateway.adapters.water.conformance_lots import (
    IN,
    PAPER,
    REPORT,
    TAKEN,
    WRONG,
    Lot,
    codes,
    handed_over,
    lot,
    lot_number,
    lying,
    put,
    put_files,
    put_manifest,
    reported,
    reports,
    request,
    settled,
    spoilt,
    taken,
    waited,
)
from gateway.adapters.water.conformance_tables import comma_text
from gateway.conforming import Lying, Role, Trial, shows

SERVER = Role.SERVER


@shows(SERVER, "NN-231", "NN-901", "NN-271")
async def a_lot_is_taken_whole(t: Trial) -> None:
    """Một lô có giấy tờ được lấy trong thời hạn, mọi tệp sang da-nhan."""
    made = await put(t, lot(t, request(t, t.number()), papers=2))
    await taken(t, made)
    names = {one.name for one in await lying(t, made, TAKEN)}
    lost = sorted({*made.files, made.name} - names)
    t.holds("NN-231", not lost, f"không có trong da-nhan: {', '.join(lost)}")
    left = [one.name for one in await lying(t, made, IN)]
    t.holds("NN-231", not left, f"còn nằm ở yeu-cau: {', '.join(left)}")


@shows(SERVER, "NN-217", "NN-218")
async def a_gap_and_unknown_fields_stop_nothing(t: Trial) -> None:
    """Bỏ qua một số lô; bảng kê có trường lạ."""
    lot_number(t)
    behind = await put(t, lot(t, request(t, t.number())))
    odd = lot(t, request(t, t.number()))
    listed = [{**one, "truong_la": 1} for one in json.loads(odd.manifest(t))["tep"]]
    odd = await put(
        t, lot(t, *odd.rows, number=odd.number, truong_la={"a": 1}, tep=listed)
    )
    part = await settled(t, behind, "NN-218")
    t.holds("NN-218", part == TAKEN, f"lô sau số bị thiếu nằm ở {part}")
    part = await settled(t, odd, "NN-217")
    t.holds("NN-217", part == TAKEN, f"lô có trường lạ nằm ở {part}")


@shows(SERVER, "NN-219")
async def lots_are_taken_by_their_numbers(t: Trial) -> None:
    """Lô sau bổ sung cho hồ sơ của lô trước, và được đặt trước; cả số lô ngắn hơn."""
    for short in (False, True):
        number = t.number()
        first = lot_number(t)
        if short:
            first = f"YC-9{first[-10:]}"
        earlier = lot(t, request(t, number), number=first)
        later = lot(t, request(t, number, "BO_SUNG", NOI_DUNG="Bổ sung thử"))
        await put_files(t, earlier)
        await put_files(t, later)
        await put_manifest(t, later)
        await put_manifest(t, earlier)
        await taken(t, earlier, later)
        unknown = "D03" in codes(await reports(t, later))
        why = f"{later.number} được đọc trước {earlier.number}"
        t.holds("NN-219", not unknown, why)


@shows(SERVER, "NN-202", "NN-736")
async def names_that_are_not_finished_are_never_read(t: Trial) -> None:
    """Tên có dấu chấm, ~$ ở trước, .tam ở sau; báo lỗi nằm nhầm chỗ."""
    hidden = lot(t, request(t, t.number()))
    names = [
        *(f".{hidden.name}", f"~${hidden.name}", f"{hidden.name}.tam"),
        f".{hidden.number}.csv",
    ]
    stray = f"{hidden.number}{REPORT}csv"
    for name in (*names, stray):
        await t.shared.put(IN, name, hidden.manifest(t))
    await handed_over(t, request(t, t.number()))
    left = [one for one in await t.shared.lying(IN) if one.name in {*names, stray}]
    gone = sorted({*names} - {one.name for one in left})
    t.holds("NN-202", not gone, f"tệp chưa xong bị lấy: {', '.join(gone)}")
    about = [
        one.file.name for one in await reports(t, hidden) if one.file.name != stray
    ]
    t.holds("NN-736", not about, f"báo lỗi về báo lỗi hoặc tệp chưa xong: {about}")
    for one in left:
        await t.shared.remove(one)


def _half(one: Lot) -> Lot:
    """Its tables are cut in the middle."""
    return spoilt(
        one,
        csv=one.files[f"{one.number}.csv"][:100],
        xlsx=one.files[f"{one.number}.xlsx"][:100],
    )


async def _completed(t: Trial, whole: Lot) -> None:
    """What a slow copy ends in."""
    for file in await lying(t, whole, IN):
        if file.name in whole.files and file.size != len(whole.files[file.name]):
            await t.shared.remove(file)
    there = {one.name for one in await lying(t, whole, IN)}
    for name, content in whole.files.items():
        if name not in there:
            await t.shared.put(IN, name, content)


async def _untouched(t: Trial, one: Lot, placed: int) -> str:
    """What happened to a lot that must be left; empty: nothing."""
    if len(await lying(t, one, IN)) != placed:
        return "có tệp bị lấy đi"
    told = codes(await reports(t, one))
    return f"đã có báo lỗi {', '.join(sorted(told))}" if told else ""


@shows(SERVER, "NN-203", "NN-241", "NN-242", "NN-243")
async def a_lot_that_is_not_whole_is_left_for_later(t: Trial) -> None:
    """Chưa có bảng kê; thiếu tệp; tệp đang chép dở: để lại, rồi đủ thì được nhận."""
    bare = lot(t, request(t, t.number()))
    await put_files(t, bare)
    early = lot(t, request(t, t.number()), papers=1)
    await put_manifest(t, early)
    growing = lot(t, request(t, t.number()))
    await put_files(t, _half(growing))
    await put_manifest(t, growing)
    await waited(t, "look_s")
    wrong = await _untouched(t, bare, len(bare.files))
    t.holds("NN-203", not wrong, f"chưa có bảng kê mà {wrong}")
    wrong = await _untouched(t, early, 1)
    t.holds("NN-242", not wrong, f"thiếu tệp, chưa 60 phút mà {wrong}")
    wrong = await _untouched(t, growing, len(growing.files) + 1)
    t.holds("NN-243", not wrong, f"tệp đang chép, chưa 60 phút mà {wrong}")
    await put_manifest(t, bare)
    await _completed(t, early)
    await _completed(t, growing)
    for number, one in (("NN-203", bare), ("NN-242", early), ("NN-243", growing)):
        part = await settled(t, one, number)
        t.holds(number, part == TAKEN, f"đã đủ tệp mà lô nằm ở {part}")


async def _told_once(t: Trial, number: str, one: Lot, code: str, placed: int) -> None:
    """Left in place and told once by that code."""
    found = await reported(t, one, number)
    lines = [row.get("MA_LOI") for report in found for row in report.rows]
    t.holds(number, lines == [code], f"để quá 60 phút: báo {lines}, phải là một {code}")
    left = len(await lying(t, one, IN))
    t.holds(number, left == placed, f"{code} mà có tệp bị lấy đi khỏi yeu-cau")


@shows(SERVER, "NN-241", "NN-242", "NN-243", "NN-244")
async def what_stays_incomplete_is_told_once(t: Trial) -> None:
    """Để quá 60 phút: T01, T02 một lần và nguyên chỗ, T03 vào loi; hỏng thì T03 ngay."""
    bare, early = lot(t, request(t, t.number())), lot(t, request(t, t.number()))
    await t.shared.put(IN, f"{bare.number}.csv", bare.files[f"{bare.number}.csv"])
    await put_manifest(t, early)
    growing = lot(t, request(t, t.number()))
    await put_files(t, _half(growing))
    await put_manifest(t, growing)
    row = request(t, t.number())
    broken = lot(t, row)
    changed = comma_text(t.folder, [{**row, "STT": "1", "HO_TEN": "Nguyễn Văn Thủ"}])
    await put_files(t, spoilt(broken, csv=changed, xlsx=_turned(broken)))
    await put_manifest(t, broken)
    part = await settled(t, broken, "NN-244")
    told = codes(await reported(t, broken, "NN-244"))
    fine = part == WRONG and told == {"T03"}
    t.holds("NN-244", fine, f"sai SHA-256: nằm ở {part}, báo {sorted(told)}")
    await waited(t, "late_s")
    await _told_once(t, "NN-241", bare, "T01", 1)
    await _told_once(t, "NN-242", early, "T02", 1)
    part = await settled(t, growing, "NN-243")
    told = codes(await reported(t, growing, "NN-243"))
    fine = part == WRONG and told == {"T03"}
    t.holds("NN-243", fine, f"nhỏ mãi quá 60 phút: nằm ở {part}, báo {sorted(told)}")
    await waited(t, "look_s")
    await _told_once(t, "NN-241", bare, "T01", 1)
    await _told_once(t, "NN-242", early, "T02", 1)
    for file in (*await lying(t, bare, IN), *await lying(t, early, IN)):
        await t.shared.remove(file)


def _turned(one: Lot) -> bytes:
    """The same bytes in another order."""
    return one.files[f"{one.number}.xlsx"][::-1]


@shows(SERVER, "NN-232")
async def what_was_left_of_a_taken_lot_is_moved_after_it(t: Trial) -> None:
    """Tệp của lô đã nhận còn nằm lại: chuyển theo, không báo gì."""
    made = await handed_over(t, request(t, t.number()))
    name = f"{made.number}.001-09.pdf"
    await t.shared.put(IN, name, PAPER)

    def moved(one: Lying) -> bool:
        return one.name == name

    what = f"{name} được chuyển theo bảng kê"
    await t.shared.appears(moved, what, TAKEN, limit="taken_s", blame="NN-232")
    told = sorted(codes(await reports(t, made)))
    t.holds("NN-232", not told, f"báo lỗi {told} về tệp còn lại của lô đã nhận")


@shows(SERVER, "NN-233", "NN-234", "NN-235", "NN-236")
async def a_name_is_taken_once(t: Trial) -> None:
    """Cùng tên cùng nội dung: chuyển nữa, không tính; cùng tên khác nội dung: T04."""
    row = request(t, t.number())
    made = await handed_over(t, row)
    manifest = next(one for one in await lying(t, made, TAKEN) if one.name == made.name)
    same = await t.shared.read(manifest) or b""
    await put_files(t, made)
    await t.shared.put(IN, made.name, same)
    again = f"{made.name}.2"
    await t.shared.appears(
        lambda one: one.name == again,
        f"{again} (tên đã có thì thêm .2)",
        TAKEN,
        limit="taken_s",
        blame="NN-236",
    )
    told = sorted(codes(await reports(t, made)))
    t.holds("NN-233", not told, f"lô đến lần nữa mà báo {told}")
    other = lot(t, request(t, t.number()), number=made.number)
    await put(t, other)
    await t.shared.appears(
        lambda one: one.name == made.name,
        f"{made.name} với nội dung khác bị trả lại",
        WRONG,
        limit="taken_s",
        blame="NN-234",
    )
    told = sorted(codes(await reported(t, made, "NN-234")))
    t.holds("NN-234", told == ["T04"], f"tên đã dùng, nội dung khác: báo {told}")
    elsewhere = await put(t, lot(t, row))
    part = await settled(t, elsewhere, "NN-235")
    told = sorted(codes(await reports(t, elsewhere)))
    fine = part == TAKEN and not told
    t.holds("NN-235", fine, f"cùng các dòng ở lô khác: nằm ở {part}, báo {told}")


@shows(SERVER, "NN-272", "NN-273", "NN-274")
async def the_account_is_for_files_alone(t: Trial) -> None:
    """Tài khoản SFTP: không mật khẩu, không chạy chương trình, không chuyển tiếp."""
    door = await t.shared.door()
    t.holds("NN-272", not door.asks_password, "máy chủ nhận đăng nhập bằng mật khẩu")
    t.holds("NN-273", not door.runs, "tài khoản chạy được chương trình")
    t.holds("NN-274", not door.forwards, "tài khoản chuyển tiếp được kết nối")
