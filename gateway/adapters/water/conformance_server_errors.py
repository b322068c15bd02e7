"""What a water company's program does with lots and rows that are wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.adapters.water.conformance_lots import (
    IN,
    REPORT,
    TAKEN,
    WRONG,
    Lot,
    Report,
    codes,
    handed_over,
    lot,
    lying,
    put,
    reported,
    reports,
    request,
    settled,
    spoilt,
)
from gateway.adapters.water.conformance_tables import (
    ERRORS,
    REQUESTS,
    cells_text,
    cells_workbook,
    columns,
    comma_text,
    folded,
    lists,
)
from gateway.conforming import NotTried, Role, Trial, shows

SERVER = Role.SERVER
MOST_ROWS, MOST_TABLE, MOST_MANIFEST = 5000, 5 * 1024 * 1024, 1024 * 1024
#: Text as fonts of old code pages have it; neither is UTF-8.
TCVN3, VNI = b"Nguy\xd4n V\xa8n Th\xf6; H\xe5 s\xac", b"Nguye\xe3n Va\xean Th\xf6\xfb"


def _refused(t: Trial) -> list[tuple[str, str, Lot, set[str]]]:
    """Requirement, what is wrong, the lot, and the codes that fit."""
    one = lot(t, request(t, t.number()))
    listed = json.loads(one.manifest(t))
    cut = {key: value for key, value in listed.items() if key != "so_dong"}
    text = json.dumps
    return [
        ("NN-710", "bảng kê không phải JSON", _raw(t, lambda _: b"{hong"), {"T10"}),
        ("NN-710", "bảng kê thiếu so_dong", _instead(t, cut), {"T10"}),
        ("NN-710", "so_thu_tu không phải số của lô", _more(t, so_thu_tu=7), {"T10"}),
        ("NN-711", "gửi cho đơn vị khác", _more(t, ben_nhan="DON-VI-KHAC"), {"T11"}),
        ("NN-711", "đơn vị gửi lạ", _more(t, ben_gui="BEN-GUI-LA"), {"T11"}),
        (
            "NN-709",
            "bảng kê ghi hai dòng",
            _more(t, so_dong=2, ma_yeu_cau=["a", "b"]),
            {"T09"},
        ),
        ("NN-707", "thiếu cột LOAI", _without_a_column(t), {"T07"}),
        ("NN-705", "bảng là trang web", _tables(t, b"<html>", b"<html>"), _UNREAD),
        (
            "NN-708",
            "bảng TCVN3",
            _tables(t, _old(t, TCVN3), b"PK hong"),
            {"T05", "T08"},
        ),
        ("NN-708", "bảng VNI", _tables(t, _old(t, VNI), b"PK hong"), {"T05", "T08"}),
        ("NN-712", "5.001 dòng", _long(t), {"T10", "T12"}),
        ("NN-712", "bảng quá 5 MiB", _large(t), {"T12"}),
        (
            "NN-712",
            "bảng kê quá 1 MiB",
            _raw(
                t,
                lambda raw: text(
                    {**json.loads(raw), "la": "x" * MOST_MANIFEST}
                ).encode(),
            ),
            {"T12"},
        ),
    ]


_UNREAD = {"T05", "T06", "T07", "T08"}


def _more(t: Trial, **more: Any) -> Lot:
    return lot(t, request(t, t.number()), **more)


def _raw(t: Trial, changed: Callable[[bytes], bytes]) -> Lot:
    one = lot(t, request(t, t.number()))
    return Lot(one.number, one.rows, one.files, raw=changed(one.manifest(t)))


def _instead(t: Trial, fields: Mapping[str, object]) -> Lot:
    one = lot(t, request(t, t.number()))
    told = json.loads(one.manifest(t))
    kept = {key: value for key, value in told.items() if key in fields}
    return Lot(one.number, one.rows, one.files, raw=json.dumps(kept).encode())


def _tables(t: Trial, csv: bytes, xlsx: bytes) -> Lot:
    return spoilt(lot(t, request(t, t.number())), csv=csv, xlsx=xlsx)


def _old(t: Trial, text: bytes) -> bytes:
    """A table of right form with a name of an old code page."""
    row = {**request(t, t.number()), "STT": "1", "HO_TEN": "@@"}
    return comma_text(t.folder, [row]).replace(b"'@@", text.split(b";")[0])


def _without_a_column(t: Trial) -> Lot:
    one = lot(t, request(t, t.number()))
    known = [pair for pair in columns(t.folder, REQUESTS) if pair[0] != "LOAI"]
    values = [[row.get(code, "") for code, _ in known] for row in one.rows]
    return spoilt(
        one,
        csv=cells_text([[code for code, _ in known], *values]),
        xlsx=cells_workbook([[words for _, words in known], *values]),
    )


def _long(t: Trial) -> Lot:
    number = t.number()
    bare = dict.fromkeys(
        ("NGAY_TIEP_NHAN", "HO_TEN", "SO_GIAY_TO", "DIEN_THOAI", "NOI_LAP"), ""
    )
    return lot(t, *(request(t, number, **bare) for _ in range(MOST_ROWS + 1)))


def _large(t: Trial) -> Lot:
    """Few enough rows, each full to its limit."""
    number, text = t.number(), "nước " * 790
    count = MOST_TABLE // len(text.encode()) + 1
    return lot(t, *(request(t, number, NOI_DUNG=text) for _ in range(count)))


_REFUSALS = ("NN-705", "NN-707", "NN-708", "NN-709", "NN-710", "NN-711", "NN-712")


@shows(SERVER, "NN-237", "NN-238", *_REFUSALS)
async def a_lot_that_is_wrong_is_given_back_whole(t: Trial) -> None:
    """Mỗi lô hỏng một chỗ: cả lô vào loi, kèm báo lỗi đúng mã; không dòng nào được nhận."""
    wrong = _refused(t)
    for _, _, one, _ in wrong:
        await put(t, one)
    for number, what, one, fits in wrong:
        part = await settled(t, one)
        if not t.holds(number, part == WRONG, f"{what}: lô nằm ở {part}"):
            continue
        told = codes(await reported(t, one, "NN-237"))
        why = f"{what}: báo {sorted(told)}, phải là {' hoặc '.join(sorted(fits))}"
        t.holds(number, len(told) == 1 and told <= fits, why)
        left = [file.name for file in await lying(t, one, IN)]
        t.holds("NN-237", not left, f"{what}: còn nằm ở yeu-cau: {', '.join(left)}")
    _, what, first, _ = wrong[0]
    again = [{**row, "NOI_DUNG": "Nội dung khác (thử)"} for row in first.rows]
    corrected = await put(t, lot(t, *again))
    await settled(t, corrected)
    again_told = sorted(codes(await reports(t, corrected)))
    why = f"{what}: gửi lại với số lô mới, nội dung khác, mà báo {again_told}"
    t.holds("NN-238", not again_told, why)


#: Requirement, what is wrong, LOAI, cells, and code and column of each error.
_BAD: Sequence[tuple[str, str, str, Mapping[str, str], set[tuple[str, str]]]] = (
    ("NN-721", "thiếu MA_THU_TUC", "MOI", {"MA_THU_TUC": ""}, {("D01", "MA_THU_TUC")}),
    ("NN-721", "RUT không có lý do", "RUT", {}, {("D01", "NOI_DUNG")}),
    ("NN-722", "LOAI lạ", "TANG", {}, {("D02", "LOAI")}),
    ("NN-722", "DICH_VU lạ", "MOI", {"DICH_VU": "DIEN"}, {("D02", "DICH_VU")}),
    ("NN-722", "LAN là 0", "MOI", {"LAN": "0"}, {("D02", "LAN")}),
    ("NN-722", "HO_TEN dài 501", "MOI", {"HO_TEN": "x" * 501}, {("D02", "HO_TEN")}),
    ("NN-724", "ngày 31/02", "MOI", {"HAN_TRA": "31/02/2026"}, {("D04", "HAN_TRA")}),
    ("NN-724", "tháng trước", "MOI", {"HAN_TRA": "03/25/2026"}, {("D04", "HAN_TRA")}),
    (
        "NN-727",
        "giấy tờ không có trong bảng kê",
        "MOI",
        {"GIAY_TO": "YC-1.001-01.pdf", "TEN_GIAY_TO": "Đơn"},
        {("D07", "GIAY_TO")},
    ),
    (
        "NN-735",
        "hai lỗi trong một dòng",
        "MOI",
        {"DICH_VU": "DIEN", "HAN_TRA": "31/02/2026"},
        {("D02", "DICH_VU"), ("D04", "HAN_TRA")},
    ),
    *(
        (
            "NN-423",
            f"{kind} của hồ sơ chưa biết",
            kind,
            {"NOI_DUNG": "Thử"},
            {("D03", "MA_HO_SO")},
        )
        for kind in ("BO_SUNG", "RUT", "DA_TRA", "SAI_KET_QUA")
    ),
)
_ROWS = ("NN-721", "NN-722", "NN-724", "NN-727", "NN-735", "NN-423")


@shows(SERVER, *_ROWS, "NN-720", "NN-733", "NN-734")
async def a_bad_row_does_not_stop_the_others(t: Trial) -> None:
    """Dòng sai giữa dòng đúng: lô được nhận, mỗi lỗi một dòng báo, dòng đúng không bị báo."""
    wrong = [
        (number, what, request(t, t.number(), kind, **cells), errors)
        for number, what, kind, cells, errors in _BAD
    ]
    good = [request(t, t.number()), request(t, t.number())]
    made = await put(t, lot(t, good[0], *(row for _, _, row, _ in wrong), good[1]))
    part = await settled(t, made)
    if not t.holds("NN-720", part == TAKEN, f"lô có dòng sai nằm ở {part}"):
        return
    found = await reported(t, made, "NN-720")
    lines = [row for report in found for row in report.rows]
    for place, (number, what, row, errors) in enumerate(wrong, start=3):
        mine = [one for one in lines if _about(one, row, place)]
        told = {(one.get("MA_LOI", ""), one.get("COT", "")) for one in mine}
        named = {code for code, _ in told}
        wanted = {code for code, _ in errors}
        why = f"{what}: báo {sorted(named)}, phải là {sorted(wanted)}"
        fine = named == wanted and len(mine) == len(errors)
        if not t.holds(number, fine, why):
            continue
        where = {one.get("DONG", "") for one in mine}
        why = f"{what}: DONG {sorted(where)}, COT {sorted(cot for _, cot in told)}"
        t.holds("NN-733", where == {str(place)} and told == errors, why)
    ids = {one.get("MA_YEU_CAU", "") for one in lines}
    hit = [row["MA_YEU_CAU"] for row in good if row["MA_YEU_CAU"] in ids]
    t.holds("NN-720", not hit, f"dòng đúng bị báo lỗi: {', '.join(hit)}")
    bare = [one for one in lines if not (one.get("MA_YEU_CAU") and one.get("MA_HO_SO"))]
    why = f"{len(bare)} dòng báo lỗi thiếu MA_YEU_CAU hoặc MA_HO_SO"
    t.holds("NN-734", not bare, why)


def _about(line: Mapping[str, str], row: Mapping[str, str], place: int) -> bool:
    """Whether a line is about a row: by its number, or by where it stood."""
    named = line.get("MA_YEU_CAU")
    return named == row["MA_YEU_CAU"] if named else line.get("DONG") == str(place)


@shows(SERVER, "NN-412", "NN-413", "NN-414", "NN-415")
async def a_request_counts_once(t: Trial) -> None:
    """Cùng mã yêu cầu: cùng nội dung thì không phải yêu cầu thứ hai, khác thì D09."""
    row = request(t, t.number(), SO_GIAY_TO="000000000012", NOI_DUNG="=1+1; +2 (thử)")
    await handed_over(t, row, papers=1)
    bare = lot(t, row, papers=1)
    bare = spoilt(bare, csv=comma_text(t.folder, bare.rows, quoted=False))
    papers = lot(t, request(t, t.number()), row, papers=1)
    changed = lot(t, {**row, "NOI_LAP": "Số 2, đường Thử"}, papers=1)
    zeros = lot(t, {**row, "SO_GIAY_TO": "12"}, papers=1)
    for one in (bare, papers, changed, zeros):
        await put(t, one)
    for number, one, what in (
        ("NN-412", papers, "cùng dòng ở lô khác, STT và GIAY_TO khác"),
        ("NN-415", bare, "dấu ' trước dấu = được thêm hoặc không"),
    ):
        part = await settled(t, one)
        told = sorted(codes(await reports(t, one)))
        fine = part == TAKEN and not told
        t.holds(number, fine, f"{what}: nằm ở {part}, báo {told}")
    for number, one, what in (
        ("NN-413", changed, "cùng mã, NOI_LAP khác"),
        ("NN-414", zeros, "cùng mã, SO_GIAY_TO mất số 0 ở đầu"),
    ):
        part = await settled(t, one)
        told = sorted(codes(await _perhaps(t, one, number)))
        fine = part == TAKEN and told == ["D09"]
        t.holds(number, fine, f"{what}: nằm ở {part}, báo {told}, phải là D09")


async def _perhaps(t: Trial, one: Lot, number: str) -> list[Report]:
    """Reports about a lot; none where none comes."""
    try:
        return await reported(t, one, number)
    except NotTried:
        return []


@shows(SERVER, "NN-731", "NN-732", "NN-737", "NN-739")
async def reports_are_what_people_and_programs_can_read(t: Trial) -> None:
    """Mọi báo lỗi đang nằm ở loi: tên, cột, mã, chữ; không thông tin cá nhân."""
    bad = await put(t, lot(t, request(t, t.number(), DICH_VU="DIEN")))
    await settled(t, bad)
    await reported(t, bad, "NN-731")
    files = [one for one in await t.shared.lying(WRONG) if REPORT in one.name]
    stems = {one.name.split(".")[0] for one in files}
    found: list[Report] = []
    for stem in sorted(stems):
        found += await reports(t, Lot(stem, (), {}))
    for report in found:
        _look_at(t, report)
    lots = {one.name.split(".")[0] for one in await t.shared.lying(WRONG)}
    loose = [
        one.name for one in files if f"{one.name.partition(REPORT)[0]}.json" in lots
    ]
    t.holds("NN-739", not loose, f"báo lỗi có bảng kê: {loose}")


_NAMED = re.compile(r"YC-\d{6,12}(\.\d+)?\.loi\.(csv|xlsx)")


def _look_at(t: Trial, report: Report) -> None:
    name = report.file.name
    t.holds("NN-731", _NAMED.fullmatch(name), f"tên báo lỗi {name}")
    if report.table is None:
        t.holds("NN-732", fact=False, why=f"{name}: {report.why}")
        return
    known = {
        row["code"]
        for kind in ("file_error", "row_error")
        for row in lists(t.folder)[kind]
    }
    for row in report.rows:
        lacking = [key for key in ("TEN_TEP", "LOI", "CACH_SUA") if not row.get(key)]
        t.holds("NN-732", not lacking, f"{name}: trống {', '.join(lacking)}")
        code = row.get("MA_LOI", "")
        t.holds("NN-732", code in known, f"{name}: mã lỗi không có trong danh mục")
    _look_at_heads(t, name, report.table.heads)


def _look_at_heads(t: Trial, name: str, heads: Sequence[str]) -> None:
    """Codes in a CSV, words in a workbook; of the request its two numbers alone."""
    by_words = name.endswith(".xlsx")
    errors = columns(t.folder, ERRORS)
    wanted = [words if by_words else code for code, words in errors]
    first = list(heads[: len(wanted)])
    fine = [folded(one) for one in first] == [folded(one) for one in wanted]
    t.holds("NN-732", fine, f"{name}: các cột đầu phải là {', '.join(wanted)}")
    asked = dict(columns(t.folder, REQUESTS))
    harmless = {"MA_YEU_CAU", "MA_HO_SO"}
    said = {folded(one) for one in heads}
    personal = [
        code
        for code, words in asked.items()
        if code not in harmless and {folded(code), folded(words)} & said
    ]
    t.holds("NN-737", not personal, f"{name}: có cột {', '.join(personal)}")
