"""What a tax office does with the content of slips, by its interface document."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from lxml.etree import _Element

from gateway.adapters.tax.conformance_calls import (
    FILE,
    NOTICES,
    SLIP,
    Numbers,
    ask,
    not_filed,
    numbers,
    refused,
    say,
    sign,
    slip,
)
from gateway.adapters.tax.conformance_xml import (
    VIETNAM,
    all_at,
    at,
    grow,
    text_at,
)
from gateway.conforming import NotTried, Role, Trial, shows

SERVER = Role.SERVER
#: What a value would show that a refusal repeats.
TELLTALE = "GIATRIDELO"
Change = Callable[[_Element], None]


@shows(SERVER, "TX-602")
async def every_block_may_stand_or_be_missing(t: Trial) -> None:
    """Phiếu đủ mọi khối được nhận."""
    root = slip(t, numbers(t))
    parts = at(root, "TT_CHUNG").getparent()
    if parts is None:
        raise NotTried("phiếu của bộ thử thiếu ROW")
    grow(
        at(root, "TT_CHUNG"),
        [("TT_NO_NVTC", "0"), ("TT_SOHUU", "1"), ("HSPL_VEDAT", "Giấy tờ (thử)")],
    )
    papers = [
        ("LOAI_GIAYTO", "1"),
        ("SO_GIAYTO", "096090000099"),
        ("NAM_SINH", "1990"),
        ("DIA_CHI", "Xã Mẫu"),
    ]
    grow(at(root, "TT_NSD"), papers)
    grow(at(root, "TT_THUADAT"), [("DIEN_TICH_RIENG", "120.5"), ("MUC_DICH", "ODT")])
    house = [
        ("LOAI_NHA", "Nhà ở"),
        ("DIEN_TICH_XD", "80.25"),
        ("SO_TANG", "2"),
        ("NAM_HT", "2015"),
    ]
    transfer = parts[-1]
    grow(parts, [("TT_NHA", house)])
    parts.append(transfer)
    grow(transfer, [("SO_HOPDONG", "01/HĐ"), ("GIA_TRI", "500000000")])
    grow(
        parts,
        [
            (
                "TT_MIENGIAM",
                [
                    ("LOAI_NVTC", "02"),
                    ("LY_DO", "Nhà ở duy nhất (thử)"),
                    ("TY_LE", "100"),
                ],
            )
        ],
    )
    grow(parts, [("NVTC", [("LOAI_NVTC", "01"), ("LOAI_NVTC", "02")])])
    told = await say(t, SLIP, sign(t, SLIP, root))
    t.holds("TX-602", told.error == "0", f"phiếu đủ mọi khối: {told.shown}")


@shows(SERVER, "TX-603")
async def a_first_certificate_has_no_number(t: Trial) -> None:
    """Phiếu cấp lần đầu có MA_GCN trống được nhận, và chỉ thấy khi hỏi với MA_GCN trống."""
    first = numbers(t, certificate="")
    told = await say(t, SLIP, sign(t, SLIP, slip(t, first, asks="01")))
    t.holds("TX-603", told.error == "0", f"phiếu cấp lần đầu: {told.shown}")
    t.holds("TX-603", told.triple == first.triple, "trả lời không để MA_GCN trống")
    told = await ask(t, FILE, first.triple)
    t.holds("TX-603", told.result == "00", f"hỏi với MA_GCN trống: {told.shown}")
    told = await ask(t, FILE, (first.dossier, "TH 000001", first.slip))
    t.holds("TX-603", told.result == "02", f"hỏi với một MA_GCN: {told.shown}")


def _text(path: str, value: str) -> Change:
    def change(root: _Element) -> None:
        at(root, path).text = value

    return change


def _more(path: str, name: str, value: str) -> Change:
    return lambda root: grow(at(root, path), [(name, value)])


def _none(path: str) -> Change:
    def change(root: _Element) -> None:
        for one in all_at(root, path):
            parent = one.getparent()
            if parent is not None:
                parent.remove(one)

    return change


def _both_births(root: _Element) -> None:
    grow(at(root, "TT_NSD"), [("NGAY_SINH", "1990-01-31"), ("NAM_SINH", "1990")])


def _relieved_twice(root: _Element) -> None:
    one = [("LOAI_NVTC", "02"), ("LY_DO", "Thử")]
    grow(root[0][0], [("TT_MIENGIAM", one), ("TT_MIENGIAM", one)])


#: What a slip's schema does not allow, and what ERROR_NOTE has to name if it is there.
MISSHAPEN: dict[str, tuple[Change, str]] = {
    "số tiền có dấu chấm": (
        _more("TT_CHUYENNHUONG", "GIA_TRI", "1.000.000"),
        "GIA_TRI",
    ),
    "số tiền là chữ": (_more("TT_CHUYENNHUONG", "GIA_TRI", TELLTALE), "GIA_TRI"),
    "ngày 31 tháng 2": (_text("TT_CHUNG/NGAY_DUYET", "2026-02-31"), "NGAY_DUYET"),
    "mã ngoài danh mục": (_text("TT_CHUNG/LOAI_DENGHI", "07"), "LOAI_DENGHI"),
    "phần tử không bắt buộc để trống": (_more("TT_NSD", "DIA_CHI", ""), "DIA_CHI"),
    "điện thoại là chữ": (_more("TT_NSD", "DIEN_THOAI", TELLTALE), "DIEN_THOAI"),
    "cả ngày sinh và năm sinh": (_both_births, "NAM_SINH"),
    "thiếu HO_TEN": (_none("TT_NSD/HO_TEN"), ""),
    "thiếu TT_THUADAT": (_none("TT_THUADAT"), ""),
}


@shows(SERVER, "TX-314", "TX-506", "TX-507", "TX-326")
async def a_slip_that_the_schema_forbids_is_told_by_place(t: Trial) -> None:
    """Phiếu sai tct.xsd: 01, ERROR_NOTE ghi chỗ sai và không lặp lại giá trị."""
    of = numbers(t)
    for what, (change, place) in MISSHAPEN.items():
        root = slip(t, of)
        change(root)
        told = await say(t, SLIP, sign(t, SLIP, root))
        if not refused(t, "TX-314", told, "01", what):
            continue
        note = told.text("SYSTEM_INFO/ERROR_NOTE")
        named = bool(note) and place in note
        t.holds("TX-506", named, f"{what}: ERROR_NOTE không nêu chỗ sai {place}")
        said = f"{note} {told.told('ERROR_DESC')}"
        t.holds("TX-507", TELLTALE not in said, f"{what}: trả lời lặp lại giá trị")
    await not_filed(t, "TX-326", of, "phiếu sai tct.xsd")


#: Requirement → what is wrong, and the code (§8.1).
CONTENT: dict[str, tuple[str, Change, str]] = {
    "TX-623": ("ngày duyệt là ngày mai", lambda _root: None, "23"),
    "TX-624": ("mã số thuế sai số kiểm tra", lambda _root: None, "24"),
    "TX-625": ("diện tích bằng 0", _text("TT_THUADAT/DIEN_TICH", "0"), "25"),
    "TX-626": ("chuyển nhượng thiếu TT_CHUYENNHUONG", _none("TT_CHUYENNHUONG"), "26"),
    "TX-627": ("hai TT_MIENGIAM cùng LOAI_NVTC", _relieved_twice, "27"),
}


@shows(SERVER, "TX-620", "TX-623", "TX-624", "TX-625", "TX-626", "TX-627", "TX-628")
async def content_is_looked_at(t: Trial) -> None:
    """Nội dung phiếu sai: đúng mã từ 20 đến 27, và không có trong hồ sơ."""
    for number, (what, change, code) in CONTENT.items():
        of = numbers(t)
        root = slip(t, of)
        change(root)
        if code == "23":
            tomorrow = t.now().astimezone(VIETNAM) + timedelta(days=2)
            at(root, "TT_CHUNG/NGAY_DUYET").text = f"{tomorrow:%Y-%m-%d}"
        if code == "24":
            at(root, "TT_NSD").insert(3, _tax_code(root))
        told = await say(t, SLIP, sign(t, SLIP, root))
        if refused(t, number, told, code, what):
            await not_filed(t, "TX-628", of, what)
    given = numbers(t)
    unreal = Numbers(f"{given.dossier}-261399-0001", "", given.slip, given.seq)
    told = await say(t, SLIP, sign(t, SLIP, slip(t, unreal)))
    refused(t, "TX-620", told, "20", "mã hồ sơ có phần ngày 261399")


def _tax_code(root: _Element) -> _Element:
    """Ten digits of which the last is not as §6 reckons: it would be 3."""
    grow(at(root, "TT_NSD"), [("MST", "0100000001")])
    return all_at(root, "TT_NSD/MST")[0]


@shows(SERVER, "TX-605", "TX-606", "TX-607")
async def slips_of_other_kinds(t: Trial) -> None:
    """Phiếu thay thế phiếu chưa từng đến; loại không khớp MaThongDiep; gửi hai lần."""
    of = numbers(t)
    told = await say(t, SLIP, sign(t, SLIP, slip(t, of, "11", t.identifier())))
    t.holds("TX-605", told.error == "0", f"thay thế phiếu chưa từng đến: {told.shown}")
    for kind in ("12", "13", "17"):
        told = await say(t, SLIP, sign(t, SLIP, slip(t, numbers(t), kind)))
        refused(t, "TX-606", told, "06", f"TCT_GPC với MSG_TYPE {kind}")
    told = await ask(t, NOTICES, of.triple, kind="16")
    refused(t, "TX-606", told, "06", "TCT_TVTBT với MSG_TYPE 16")
    of = numbers(t)
    document = sign(t, SLIP, slip(t, of))
    answers = [await say(t, SLIP, document) for _ in range(2)]
    rows = (await ask(t, FILE, of.triple)).rows("DS_HOSO/HOSO")
    mine = [one for one in rows if text_at(one, "SEQ_ID") == of.seq]
    new = sum(one.error == "0" for one in answers)
    if not new:
        raise NotTried(
            f"phiếu gửi hai lần không lần nào được nhận ({answers[0].shown})"
        )
    why = f"một phiếu gửi hai lần, {new} lần được nhận mới nhưng có {len(mine)} hồ sơ"
    t.holds("TX-607", len(mine) == new, why)
