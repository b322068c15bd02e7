"""What the portal's notice files and vouchers say, by its interface document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.adapters.tax.conformance_calls import Numbers
from gateway.adapters.tax.conformance_portal_calls import (
    WITHDRAWS,
    amount,
    ask,
    related,
    taken,
)
from gateway.adapters.tax.conformance_portal_client import (
    BUSY,
    FILE,
    FRIDAY,
    VOUCHER,
    about,
    data_of,
    day_of,
    file_of,
    rows_of,
    service_of,
    told_of,
)
from gateway.adapters.tax.conformance_xml import VIETNAM
from gateway.conforming import Incoming, NotTried, Role, Trial, shows

CLIENT = Role.CLIENT
SCHEMA = "thongbaothue.xsd"
PAID = "1"


async def file_about(t: Trial, of: Numbers) -> Incoming:
    """The next notice file with rows of a dossier; one that comes again is none."""
    seen: set[bytes] = t.memory.setdefault("files_seen", set())

    def new(call: Incoming) -> bool:
        return about(of.dossier, FILE)(call) and call.body not in seen

    call = await t.incoming(new, f"{FILE} của hồ sơ {of.dossier}")
    seen.add(call.body)
    return call


async def adjusting(t: Trial, number: str, of: Numbers) -> Sequence[Mapping[str, str]]:
    """Rows of the next notice file, which has to be marked as adjusting."""
    call = await file_about(t, of)
    marked = str((call.content or {}).get("IsUpdating")) == "True"
    t.holds(number, marked, "tệp có dòng điều chỉnh nhưng IsUpdating không là True")
    return mine(call, of)


def mine(call: Incoming, of: Numbers) -> Sequence[Mapping[str, str]]:
    """Rows of one dossier."""
    return [row for row in rows_of(call) if row["MA_HSO"] == of.dossier]


@shows(CLIENT, "TP-801", "TP-802", "TP-803", "TP-804", "TP-805")
async def notices_come_in_a_file(t: Trial) -> None:
    """Tệp thông báo: đúng khuôn, đúng XSD, ngày có thật, khớp với tra cứu."""
    of = await told_of(t, "decide")
    call = await file_about(t, of)
    wrong = t.wrong(FILE, call.content or {})
    t.holds("TP-801", not wrong, f"{FILE}: sai khuôn ở {', '.join(wrong)}")
    wrong = t.wrong_xml(SCHEMA, file_of(call))
    t.holds("TP-802", not wrong, f"tệp: sai khuôn ở {', '.join(wrong)}")
    rows = mine(call, of)
    real = all(day_of(row.get("NGAY_QUYET_DINH")) for row in rows_of(call))
    t.holds("TP-803", real, "NGAY_QUYET_DINH không phải ngày có thật, dd-MM-yyyy")
    told = day_of((call.content or {}).get("Ngay"))
    day = call.at.astimezone(VIETNAM)
    fine = told is not None and told.date() <= day.date() and day.weekday() <= FRIDAY
    t.holds("TP-805", fine, "tệp không đến vào ngày làm việc, hoặc Ngay là ngày sau đó")
    if not t.can_call:
        raise NotTried("preset thiếu addresses.server: bộ thử không tra cứu được")
    said = await ask(t, of)
    listed = {
        (
            one.get("SoQuyetDinh"),
            one.get("TenTieuMuc"),
            one.get("SoTien"),
            one.get("NgayQuyetDinh"),
        )
        for one in said.rows("DanhSachThongBao")
    }
    sent = {
        (
            row.get("SO_QUYET_DINH"),
            row.get("TEN_TIEUMUC"),
            row.get("SO_TIEN"),
            row.get("NGAY_QUYET_DINH"),
        )
        for row in rows
    }
    why = f"{len(sent)} dòng của tệp không khớp {len(listed)} thông báo khi tra cứu"
    t.holds("TP-804", sent == listed, why)


@shows(CLIENT, "TP-806")
async def a_later_file_does_not_wait(t: Trial) -> None:
    """Tệp trước chưa được nhận thì thông điệp sau vẫn đến."""
    t.answering(FILE, *[BUSY] * 1000)
    of = await told_of(t, "pay")
    first = await file_about(t, of)
    await t.incoming(
        lambda call: call.body != first.body and of.dossier in call.body.decode(),
        f"một thông điệp khác của hồ sơ {of.dossier}",
    )
    t.holds("TP-806", fact=True, why="")


@shows(CLIENT, "TP-807")
async def an_adjustment_comes_as_one(t: Trial) -> None:
    """Điều chỉnh: tệp IsUpdating True, số cũ tiền 0, số mới tiền mới."""
    of = await told_of(t, "adjust")
    first = mine(await file_about(t, of), of)
    later = await adjusting(t, "TP-807", of)
    before = {row.get("SO_QUYET_DINH") for row in first}
    ended = [row for row in later if row.get("SO_QUYET_DINH") in before]
    new = [row for row in later if row.get("SO_QUYET_DINH") not in before]
    fine = ended and all(row.get("SO_TIEN") == "0" for row in ended)
    t.holds("TP-807", fine, "tệp điều chỉnh không có số cũ với SO_TIEN 0")
    t.holds("TP-807", new, "tệp điều chỉnh không có số mới")


@shows(CLIENT, "TP-808")
async def what_is_withdrawn_comes_as_zero(t: Trial) -> None:
    """Thu hồi phiếu sau khi ra thông báo: tệp IsUpdating True, mọi dòng tiền 0."""
    if not t.can_call:
        raise NotTried("preset thiếu addresses.server: bộ thử không gửi được phiếu")
    of = await told_of(t, "decide")
    first = mine(await file_about(t, of), of)
    await taken(t, related(t, of), WITHDRAWS, of)
    later = await adjusting(t, "TP-808", of)
    ended = {r.get("SO_QUYET_DINH") for r in later if r.get("SO_TIEN") == "0"}
    fine = {row.get("SO_QUYET_DINH") for row in first} <= ended
    t.holds(
        "TP-808", fine, "phiếu đã thu hồi nhưng tệp không có mọi thông báo với tiền 0"
    )


async def vouchers(t: Trial, of: Numbers, count: int) -> list[Mapping[str, Any]]:
    """The payments of so many vouchers of a dossier."""
    found: list[Mapping[str, Any]] = []
    bodies: set[bytes] = set()

    def another(call: Incoming) -> bool:
        return about(of.dossier, VOUCHER)(call) and call.body not in bodies

    for _ in range(count):
        call = await t.incoming(another, f"{VOUCHER} của hồ sơ {of.dossier}")
        bodies.add(call.body)
        wrong = t.wrong(VOUCHER, call.content or {})
        t.holds("TP-901", not wrong, f"{VOUCHER}: sai khuôn ở {', '.join(wrong)}")
        payment = data_of(call).get("ThongTinThanhToan")
        found.append(payment if isinstance(payment, dict) else {})
    return found


@shows(CLIENT, "TP-901", "TP-902", "TP-903", "TP-904")
async def each_payment_has_a_voucher(t: Trial) -> None:
    """Nộp thành nhiều lần: mỗi lần một chứng từ, cộng lại bằng số đã nộp."""
    of = await told_of(t, "pay_parts")
    rows = mine(await file_about(t, of), of)
    payments = await vouchers(t, of, 2 * len(rows))
    known = {row.get("SO_QUYET_DINH") for row in rows}
    named = all(one.get("MaThongBaoThue") in known for one in payments)
    t.holds("TP-902", named, "MaThongBaoThue không phải số của một thông báo trong tệp")
    real = all(_is_moment(one.get("ThoiGianThanhToan")) for one in payments)
    t.holds("TP-903", real, "ThoiGianThanhToan không phải lúc có thật")
    paid = [one for one in payments if one.get("TrangThaiThanhToan") == PAID]
    owed = sum(amount(row.get("SO_TIEN")) for row in rows)
    whole = sum(amount(one.get("SoTien")) for one in paid)
    t.holds("TP-904", whole == owed, "tổng các chứng từ khác số phải nộp đã nộp đủ")
    names = ("MaThongBaoThue", "ThoiGianThanhToan", "SoTien")
    both = {tuple(str(one.get(name)) for name in names) for one in payments}
    t.holds("TP-904", len(both) == len(payments), "hai chứng từ nói về một lần nộp")


def _is_moment(text: object) -> bool:
    try:
        datetime.strptime(str(text), "%Y%m%d%H%M%S").replace(tzinfo=VIETNAM)
    except ValueError:
        return False
    return True


@shows(CLIENT, "TP-264")
async def a_later_message_overtakes(t: Trial) -> None:
    """Chứng từ chưa được nhận không giữ chứng từ sau lại."""
    of = await told_of(t, "pay")
    t.answering(of.dossier, *[BUSY] * 1000)
    first = await t.incoming(about(of.dossier, VOUCHER), f"{VOUCHER} của {of.dossier}")

    def another(call: Incoming) -> bool:
        fits = service_of(call) == VOUCHER and call.body != first.body
        return fits and about(of.dossier, VOUCHER)(call)

    await t.incoming(another, f"một chứng từ khác của hồ sơ {of.dossier}")
    t.holds("TP-264", fact=True, why="")
