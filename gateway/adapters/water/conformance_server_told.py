"""What a water company's program answers, by its interface document."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from gateway.adapters.water.conformance_answers import (
    ENDS,
    Answer,
    all_of,
    fetch,
    lost_by_excel,
    moment,
    rows,
    said,
    state,
    stirred,
    told,
    wrong_files,
)
from gateway.adapters.water.conformance_lots import (
    OUT,
    OUT_TAKEN,
    OUT_WRONG,
    TAKEN,
    codes,
    handed_over,
    reports,
    request,
)
from gateway.adapters.water.conformance_tables import (
    ANSWERS,
    Unreadable,
    lists,
    read,
)
from gateway.conforming import NotTried, Role, Trial, shows

SERVER = Role.SERVER
#: Clocks differ.
AHEAD = timedelta(minutes=10)


@shows(SERVER, "NN-421", "NN-205")
async def a_new_request_is_answered_and_answers_stay_as_they_are(t: Trial) -> None:
    """Yêu cầu mới (chờ người tiếp nhận) có dòng trả lời; tệp đã đặt thì không đổi."""
    await fetch(t)
    number = t.number("accept")
    await handed_over(t, request(t, number))
    await t.ask("accept", number)

    async def look() -> bool:
        await fetch(t, move=False)
        return bool(rows(t, number))

    try:
        await t.until(look, f"dòng trả lời về {number}")
    except NotTried as late:
        t.holds("NN-421", fact=False, why=str(late))
        raise
    t.holds("NN-421", fact=True, why="")
    before = {one.name: await t.shared.read(one) for one in await t.shared.lying(OUT)}
    number = t.number("accept")
    await handed_over(t, request(t, number))
    await t.ask("accept", number)
    await t.until(look, f"dòng trả lời về {number}")
    after = {one.name: await t.shared.read(one) for one in await t.shared.lying(OUT)}
    changed = [name for name, raw in before.items() if after.get(name) != raw]
    shown = [name for name in changed if name.startswith("TL-")]
    t.holds("NN-205", not changed, f"đã đặt mà đổi hoặc mất: {shown or len(changed)}")
    await fetch(t)


@shows(SERVER, "NN-422", "NN-424", "NN-426")
async def later_requests_of_a_known_dossier_are_taken(t: Trial) -> None:
    """LAN không lớn hơn, SUA, BO_SUNG, rồi RUT (chờ người ghi HUY hoặc HOAN_THANH)."""
    number = t.number("accept")
    await handed_over(t, request(t, number))
    await t.ask("accept", number)
    await told(t, number, set(), "NN-424")
    same = request(t, number, HO_TEN="Trần Thị Thử")
    anew = request(t, number, "SUA", LAN="2", HO_TEN="Trần Thị Thử")
    more = request(t, number, "BO_SUNG", LAN="2", NOI_DUNG="Giấy tờ bổ sung thử")
    for which, row in (("NN-422", same), ("NN-422", anew), ("NN-426", more)):
        made = await handed_over(t, row, papers=1)
        wrong = sorted(codes(await reports(t, made)))
        t.holds(which, not wrong, f"{row['LOAI']} LAN {row['LAN']}: báo {wrong}")
    back = request(t, number, "RUT", LAN="2", NOI_DUNG="Không còn nhu cầu (thử)")
    made = await handed_over(t, back)
    await t.ask("cancel", number)
    await told(t, number, {"HUY", "HOAN_THANH"}, "NN-424")


@shows(SERVER, "NN-425", "NN-427", "NN-516")
async def a_finished_part_has_its_result(t: Trial) -> None:
    """HOAN_THANH có tệp (chờ người của công ty); DA_TRA được nhận; kết quả sai thì sửa."""
    number = t.number("finish")
    await handed_over(t, request(t, number))
    await t.ask("finish", number)
    ended = await told(t, number, {"HOAN_THANH"}, "NN-427")
    t.holds("NN-516", ended.get("TEP"), "HOAN_THANH không ghi tệp kết quả (TEP)")
    made = await handed_over(t, request(t, number, "DA_TRA"))
    wrong = sorted(codes(await reports(t, made)))
    t.holds("NN-427", not wrong, f"DA_TRA: báo {wrong}")
    await handed_over(t, request(t, number, "SAI_KET_QUA", NOI_DUNG="Sai tên (thử)"))
    await t.ask("correct", number)
    again = await told(t, number, {"HOAN_THANH"}, "NN-425", times=2)
    t.holds("NN-425", again.get("TEP"), "kết quả sửa không ghi tệp (TEP)")


@shows(SERVER, "NN-506")
async def what_a_state_needs_is_told(t: Trial) -> None:
    """Gắn đồng hồ có số danh bộ; chờ bổ sung, từ chối có lý do (chờ người của công ty)."""
    for act, wanted, needed in (
        ("meter", "GAN_DONG_HO", "SO_DANH_BO"),
        ("papers", "CHO_BO_SUNG", "NOI_DUNG"),
        ("refuse", "TU_CHOI", "NOI_DUNG"),
    ):
        number = t.number(act)
        await handed_over(t, request(t, number))
        await t.ask(act, number)
        row = await told(t, number, {wanted}, "NN-506")
        t.holds("NN-506", row.get(needed), f"{wanted} không ghi {needed}")


_LOTS = ("NN-210", "NN-211", "NN-212", "NN-213", "NN-214", "NN-215", "NN-216")


@shows(SERVER, *_LOTS, "NN-204", "NN-502")
async def every_lot_of_answers_is_as_its_manifest_says(t: Trial) -> None:
    """Mọi lô trả lời đã thấy: bảng kê, số, tên, kích thước, SHA-256, bảng, số dòng."""
    await stirred(t)
    for one in all_of(t):
        _look_at_manifest(t, one)
        _look_at_files(t, one)
        t.holds("NN-502", one.table is not None, f"{one.name}: {one.why}")
    counted = Counter(str(one.manifest.get("so_lo")) for one in all_of(t))
    twice = [number for number, times in counted.items() if times > 1]
    t.holds("NN-213", not twice, f"số lô dùng hai lần: {', '.join(twice)}")
    loose = [one for one in await t.shared.lying(OUT) if not one.name.startswith(".")]
    stems = {one.name.split(".")[0] for one in all_of(t)}
    bare = [one for one in loose if one.name.split(".")[0] not in stems]
    t.holds("NN-204", not bare, f"{len(bare)} tệp ở tra-loi không có bảng kê")


def _look_at_manifest(t: Trial, one: Answer) -> None:
    wrong = t.wrong("lo", one.manifest)
    t.holds("NN-210", not wrong, f"{one.name}: {', '.join(wrong)}")
    number = one.name.removesuffix(".json")
    named = one.manifest.get("so_lo") == number and number.startswith("TL-")
    why = f"{one.name}: so_lo, so_thu_tu không theo tên"
    digits = number[3:].isdigit() and one.manifest.get("so_thu_tu") == int(number[3:])
    t.holds("NN-213", named and digits, why)
    kind, sender = one.manifest.get("loai"), one.manifest.get("ben_gui")
    both = (sender, one.manifest.get("ben_nhan"))
    fine = kind == "TRA_LOI" and both == (t.code("company"), t.code("sender"))
    t.holds(
        "NN-214", fine, f"{one.name}: loai, ben_gui hoặc ben_nhan không như đã đăng ký"
    )


def _look_at_files(t: Trial, one: Answer) -> None:
    stem = one.name.removesuffix("json")
    odd = [str(file.get("ten")) for file in one.listed]
    odd = [name for name in odd if not name.startswith(stem)]
    fine = not odd and not one.beside
    t.holds(
        "NN-211",
        fine,
        f"{one.name}: tên lạ {odd}, không ghi trong bảng kê {one.beside}",
    )
    wrong = list(wrong_files(one))
    gone = [why for why in wrong if why.endswith("chưa thấy")]
    t.holds("NN-204", not gone, f"{one.name}: {'; '.join(gone)}")
    other = [why for why in wrong if not why.endswith("chưa thấy")]
    t.holds("NN-212", not other, f"{one.name}: {'; '.join(other)}")
    if one.table is None:
        return
    counted = one.manifest.get("so_dong") == len(one.table.rows)
    why = f"{one.name}: so_dong khác số dòng của bảng ({len(one.table.rows)})"
    t.holds("NN-215", counted, why)
    _look_at_tables(t, one)
    results = {o.get("ten") for o in one.listed if o.get("vai_tro") == "KET_QUA"}
    before = {name for each in all_of(t) for name in each.files}
    lost = [
        name.strip()
        for row in one.table.rows
        for name in row.get("TEP", "").split(";")
        if name.strip() and name.strip() not in results | before
    ]
    t.holds(
        "NN-216", not lost, f"{one.name}: dòng ghi {len(lost)} tệp không có trong lô"
    )


def _look_at_tables(t: Trial, one: Answer) -> None:
    """Several forms of one table say the same."""
    found = []
    for name in one.tables:
        try:
            found.append(read(t.folder, one.files.get(name) or b"", ANSWERS).rows)
        except Unreadable as wrong:
            t.holds("NN-502", fact=False, why=f"{name}: {wrong}")
    same = all(each == found[0] for each in found)
    t.holds("NN-215", same, f"{one.name}: các bảng của lô không cùng các dòng")


_ROWS = ("NN-501", "NN-503", "NN-504", "NN-505", "NN-507", "NN-508", "NN-509")


@shows(SERVER, *_ROWS, "NN-510", "NN-511", "NN-513", "NN-601")
async def every_row_says_what_the_document_allows(t: Trial) -> None:
    """Mọi dòng trả lời đã thấy: hồ sơ, trạng thái, ngày, giờ, số tiền, số của công ty."""
    await stirred(t)
    owner: dict[str, str] = {}
    for one in all_of(t):
        for place, row in (
            zip(one.table.lines, one.table.rows, strict=True) if one.table else ()
        ):
            where = f"{one.name} dòng {place}"
            _look_at_cells(t, where, row, one)
            own, number = row.get("SO_HO_SO"), row.get("MA_HO_SO", "")
            first = owner.setdefault(own, number) if own else number
            t.holds("NN-510", first == number, f"{where}: SO_HO_SO của hai hồ sơ")
    for number in {row.get("MA_HO_SO", "") for row in rows(t)}:
        _look_after_the_end(t, number)


def _look_at_cells(t: Trial, where: str, row: dict[str, str], one: Answer) -> None:
    whole = said(t.folder, row)
    known = t.memory.get("dossiers", set())
    mine = row.get("MA_HO_SO") in known
    t.holds("NN-501", mine, f"{where}: MA_HO_SO không phải hồ sơ đã gửi")
    named = {each["code"] for each in lists(t.folder)["state"]}
    t.holds("NN-503", whole["TRANG_THAI"] in named, f"{where}: TRANG_THAI lạ")
    at = moment(whole)
    t.holds("NN-504", at is not None, f"{where}: NGAY, GIO không đọc được")
    ahead = at is not None and at > one.seen + AHEAD
    t.holds("NN-508", not ahead, f"{where}: NGAY, GIO ở tương lai")
    wrong = t.wrong("tra_loi", whole)
    money = [each for each in wrong if each.startswith("/SO_TIEN")]
    t.holds("NN-505", not money, f"{where}: {', '.join(money)}")
    apart = ("/SO_TIEN", "/TRANG_THAI", "/NGAY ", "/GIO", "/ (required")
    rest = [each for each in wrong if not each.startswith(apart)]
    t.holds("NN-507", not rest, f"{where}: {', '.join(rest)}")
    asked = t.memory.get("requests", {})
    about = row.get("MA_YEU_CAU")
    fine = about is None or asked.get(about) == row.get("MA_HO_SO")
    t.holds("NN-509", fine, f"{where}: MA_YEU_CAU không thuộc hồ sơ này")
    lost = lost_by_excel(row)
    t.holds("NN-511", not lost, f"{where}: Excel làm sai {', '.join(lost)}")
    bad = [name for name, cell in row.items() if cell.startswith(("#", "="))]
    t.holds("NN-513", not bad, f"{where}: công thức ở {', '.join(bad)}")


def _look_after_the_end(t: Trial, number: str) -> None:
    """Rows of a later moment than the first end, but a corrected result."""
    told_ = [(moment(said(t.folder, row)), row) for row in rows(t, number)]
    ends = [at for at, row in told_ if at and state(t.folder, row) in ENDS]
    if not ends:
        return
    late = [
        state(t.folder, row)
        for at, row in told_
        if at
        and at > min(ends)
        and not (state(t.folder, row) == "HOAN_THANH" and row.get("TEP"))
    ]
    t.holds("NN-601", not late, f"{number}: sau khi kết thúc còn {', '.join(late)}")


@shows(SERVER, "NN-201", "NN-801")
async def each_side_writes_where_it_may(t: Trial) -> None:
    """Công ty không đặt gì vào nơi của cổng, không xóa gì ở da-nhan."""
    await stirred(t)
    ours = {one.name for one in all_of(t)} | {f for o in all_of(t) for f in o.files}
    foreign = [
        one
        for one in await t.shared.lying(OUT_TAKEN, OUT_WRONG)
        if one.name not in ours
        and one.name.split(".")[0] not in {o.split(".")[0] for o in ours}
    ]
    t.holds("NN-201", not foreign, f"{len(foreign)} tệp lạ ở tra-loi/da-nhan, loi")
    made = await handed_over(t, request(t, t.number()))
    names = {one.name for one in await t.shared.lying(TAKEN)}
    given = {*t.memory.get("handed", ()), made.name}
    lost = sorted(given - names)
    t.holds("NN-801", not lost, f"bảng kê đã nhận bị xóa: {', '.join(lost)}")
