"""Slips in packages, tax's questions and states, and what every package of tax's must be."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from gateway.adapters.tax.conformance_calls import SLIP as SIGNED
from gateway.adapters.tax.conformance_calls import Numbers, numbers, sign, slip
from gateway.adapters.tax.conformance_file_packages import (
    LIST,
    NOTICES,
    QUESTION,
    RECEIPT,
    STATES,
    UNKNOWN,
    File,
    Opened,
    package,
    put,
)
from gateway.adapters.tax.conformance_file_receipts import (
    all_of,
    answer_file,
    code_of,
    fetch,
    new_slip,
    read,
    rows,
    sent,
    slip_file,
    told,
)
from gateway.adapters.tax.conformance_xml import (
    PROFILE,
    VIETNAM,
    Signing,
    certificate_of,
    pair_of,
    raw_of,
    signed,
    stranger,
    why_not_signed,
)
from gateway.conforming import Role, Trial, shows

SERVER = Role.SERVER
READ = "TF-501"
#: Clocks differ.
AHEAD = timedelta(minutes=10)
SCHEMAS = {RECEIPT: "BienNhan", QUESTION: "YeuCau", STATES: "TinhTrang"}


def _bad_slips(t: Trial) -> list[tuple[str, str, bytes]]:
    """Code, what is wrong, and the slip."""
    fine = slip(t, numbers(t))
    lacking = slip(t, numbers(t))
    for area in lacking.findall(".//{*}TT_THUADAT"):
        lacking[0][0].remove(area)
    changed = new_slip(t, numbers(t)).replace(b"<SO_THUA>123<", b"<SO_THUA>124<")
    over, foreign = pair_of(t, "issuer_over"), stranger()
    how = _shown(foreign.der)
    tomorrow = slip(t, numbers(t))
    day = tomorrow.find(".//{*}NGAY_DUYET")
    if day is not None:
        day.text = "2099-01-01"
    return [
        ("31", "không có thửa đất", sign(t, SIGNED, lacking)),
        ("31", "không phải XML", b"<DATA"),
        ("32", "không có chữ ký", raw_of(fine)),
        ("33", "bị sửa sau khi ký", changed),
        ("34", "người lạ ký", signed(slip(t, numbers(t)), foreign.key, how)),
        (
            "34",
            "chứng thư hết hạn",
            signed(slip(t, numbers(t)), over.key, _shown(over.der)),
        ),
        ("35", "ngày duyệt ở tương lai", sign(t, SIGNED, tomorrow)),
    ]


def _shown(der: bytes) -> Signing:
    """The profile with a certificate beside it."""
    return replace(PROFILE, shown=der)


@shows(SERVER, READ, "TF-442", "TF-443")
async def bad_slips_are_told_by_their_own_codes(t: Trial) -> None:
    """Phiếu hỏng mỗi cái một kiểu trong một gói, cạnh một phiếu đúng."""
    bad = _bad_slips(t)
    files = [slip_file(raw, f"p-{place}.xml") for place, (_, _, raw) in enumerate(bad)]
    good = slip_file(new_slip(t, numbers(t)), "p-dung.xml")
    one = await put(t, package(t, *files, good))
    await read(t, one.number)
    for file, (expected, what, _) in zip(files, bad, strict=True):
        said = code_of(t, one.number, file.name)
        t.holds("TF-442", said == expected, f"{what}: {said}, phải là {expected}")
    said = code_of(t, one.number, good.name)
    t.holds("TF-443", said == "00", f"phiếu đúng cạnh phiếu hỏng: {said}")


def _about(t: Trial, of: Numbers) -> Numbers:
    """Numbers of a further slip of the same dossier."""
    more = numbers(t)
    return replace(more, dossier=of.dossier, certificate=of.certificate)


@shows(SERVER, READ, "TF-444", "TF-445")
async def what_refers_to_nothing_is_refused(t: Trial) -> None:
    """Bổ sung, rút: phiếu có, không có, đã rút; trả lời văn bản không có."""
    of = numbers(t)
    await sent(t, of)
    more, back = _about(t, of), _about(t, of)
    late, lost = _about(t, of), numbers(t)
    steps: list[tuple[str, str, File]] = [
        ("00", "bổ sung", _later(t, more, "12", of.seq)),
        ("36", "bổ sung phiếu không có", _later(t, lost, "12", "KHONG-CO")),
        ("00", "rút", _later(t, back, "13", of.seq)),
        ("37", "bổ sung phiếu đã rút", _later(t, late, "12", of.seq)),
    ]
    for expected, what, file in steps:
        one = await put(t, package(t, file))
        await read(t, one.number)
        said = code_of(t, one.number, file.name)
        t.holds("TF-444", said == expected, f"{what}: {said}, phải là {expected}")
    answer = answer_file(of, "VB-KHONG-CO")
    one = await put(t, package(t, answer))
    await read(t, one.number)
    said = code_of(t, one.number, answer.name)
    t.holds("TF-445", said == "40", f"trả lời văn bản không có: {said}, phải là 40")


def _later(t: Trial, of: Numbers, kind: str, refers: str) -> File:
    return slip_file(sign(t, SIGNED, slip(t, of, kind, refers)))


@shows(SERVER, READ, "TF-305", "TF-445")
async def a_question_is_asked_and_its_answer_counts(t: Trial) -> None:
    """Thuế hỏi (chờ người của thuế); trả lời được nhận một lần; tình trạng đi tiếp."""
    of = numbers(t, "ask")
    await sent(t, of)
    await t.ask("ask", of.dossier)
    asked = await told(t, QUESTION, of, "TF-305")
    number = str(asked.get("SoVanBan", ""))
    t.holds("TF-305", number and asked.get("HanTraLoi"), "thiếu SoVanBan, HanTraLoi")
    answer = answer_file(of, number)
    first = await put(t, package(t, answer))
    await read(t, first.number)
    said = code_of(t, first.number, answer.name)
    t.holds("TF-445", said == "00", f"trả lời yêu cầu có thật: {said}")
    again = await put(t, package(t, answer))
    await read(t, again.number)
    said = code_of(t, again.number, answer.name)
    t.holds("TF-445", said == "01", f"cùng trả lời, ở gói khác: {said}")
    await told(t, STATES, of, "TF-305", "DA_CO_THONG_BAO", "DA_HOAN_THANH", "MIEN")


@shows(SERVER, READ, "TF-303")
async def payment_is_told_as_a_state(t: Trial) -> None:
    """Thuế ra thông báo rồi ghi nhận đã nộp (chờ người của thuế): DA_HOAN_THANH."""
    of = numbers(t, "pay")
    await sent(t, of)
    await t.ask("pay", of.dossier)
    await told(t, STATES, of, "TF-303", "DA_HOAN_THANH")


_OWN = ("TF-201", "TF-202", "TF-211", "TF-212", "TF-213", "TF-214", "TF-505")
_FILES = ("TF-301", "TF-302", "TF-304", "TF-306", "TF-310")


@shows(SERVER, READ, *_OWN, *_FILES)
async def every_package_of_tax_is_right(t: Trial) -> None:
    """Mọi gói của thuế đã thấy: phong bì, ZIP, danh sách, chữ ký, từng tệp."""
    await fetch(t)
    if not all_of(t):
        await sent(t, numbers(t))
    codes = tomllib.loads((t.folder / "codes.toml").read_text("utf-8"))
    contents: dict[str, str] = {}
    for one in all_of(t):
        _look_at_layers(t, one)
        if one.root is None:
            continue
        _look_at_list(t, one)
        _look_at_files(t, one)
        number = one.text("SO_GOI")
        digests = " ".join(sorted(str(each.get("MA_BAM")) for each in one.listed))
        same = contents.setdefault(number, digests) == digests
        t.holds("TF-214", same, f"{one.name}: SO_GOI đã dùng cho nội dung khác")
    known = {(row["code"], row["text"]) for row in codes["package"]}
    odd = [str(o.get("Ma")) for o in rows(t, RECEIPT) if _said(o) not in known]
    t.holds("TF-310", not odd, f"Ma, MoTa của gói không có trong codes.toml: {odd}")
    named = {(row["code"], row["text"]) for row in codes["file"]}
    results = [r for o in rows(t, RECEIPT) for r in o.get("KetQua") or ()]
    odd = [str(o.get("Ma")) for o in results if _said(o) not in named]
    t.holds("TF-310", not odd, f"Ma, MoTa của tệp không có trong codes.toml: {odd}")


def _said(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row.get("Ma")), str(row.get("MoTa"))


def _look_at_layers(t: Trial, one: Opened) -> None:
    wrong = f"{one.name}: {one.wrong}"
    half = one.wrong.startswith("không phải DER")
    t.holds("TF-505", not half, wrong)
    t.holds("TF-201", one.layer != "envelope", wrong)
    if one.layer != "envelope":
        t.holds("TF-202", not one.layer, wrong)


def _look_at_list(t: Trial, one: Opened) -> None:
    raw = one.files[LIST]
    wrong = t.wrong_xml("goi.xsd", raw)
    t.holds("TF-211", not wrong, f"{one.name}: {', '.join(wrong)}")
    why = why_not_signed(one.root, certificate_of(t, "tax_cert"), t.now())
    t.holds("TF-212", not why, f"{one.name}: {why}")
    sides = (one.text("DON_VI_GUI"), one.text("DON_VI_NHAN"))
    ours = sides[0] == t.code("receiver") and sides[1] in {t.code("sender"), UNKNOWN}
    t.holds("TF-213", ours, f"{one.name}: DON_VI_GUI, DON_VI_NHAN không như đã đăng ký")
    try:
        made = datetime.strptime(one.text("THOI_GIAN_LAP"), "%Y%m%d%H%M%S")  # noqa: DTZ007
        fine = made.replace(tzinfo=VIETNAM) <= t.now() + AHEAD
    except ValueError:
        fine = False
    t.holds("TF-213", fine, f"{one.name}: THOI_GIAN_LAP sai hoặc ở tương lai")
    listed = {str(each.get("TEN")) for each in one.listed}
    loose = listed ^ (one.files.keys() - {LIST})
    t.holds("TF-202", not loose, f"{one.name}: {len(loose)} tệp không khớp danh sách")


def _look_at_files(t: Trial, one: Opened) -> None:
    kinds = [str(each.get("LOAI")) for each in one.listed]
    last = max((n for n, kind in enumerate(kinds) if kind == RECEIPT), default=-1)
    first = kinds[: last + 1] == [RECEIPT] * (last + 1)
    t.holds("TF-302", first, f"{one.name}: biên nhận không đứng trước")
    for entry in one.listed:
        name, kind = str(entry.get("TEN")), str(entry.get("LOAI"))
        raw = one.files.get(name, b"")
        digest = hashlib.sha256(raw).hexdigest()
        fine = (str(len(raw)), digest) == (entry.get("KICH_THUOC"), entry.get("MA_BAM"))
        t.holds("TF-202", fine, f"{one.name}: {name} khác KICH_THUOC, MA_BAM")
        both = {entry.get("NGAY") is not None, entry.get("DIEU_CHINH") is not None}
        why = f"{one.name}: {name} ({kind}): NGAY, DIEU_CHINH chỉ của THONG_BAO_THUE"
        t.holds("TF-304", both == {kind == NOTICES}, why)
        if kind != NOTICES:
            _look_at_json(t, f"{one.name}: {name}", kind, raw)
            continue
        wrong = t.wrong_xml("../tax_portal/thongbaothue.xsd", raw)
        t.holds("TF-306", not wrong, f"{one.name}: {name}: {', '.join(wrong)}")


def _look_at_json(t: Trial, where: str, kind: str, raw: bytes) -> None:
    if not t.holds(
        "TF-301", kind in SCHEMAS, f"{where}: loại {kind} không do thuế gửi"
    ):
        return
    try:
        content = json.loads(raw)
    except ValueError:
        t.holds("TF-301", fact=False, why=f"{where}: không phải JSON")
        return
    wrong = t.wrong(SCHEMAS[kind], content)
    t.holds("TF-301", not wrong, f"{where}: {', '.join(wrong)}")
