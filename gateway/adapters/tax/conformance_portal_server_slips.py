"""What the portal does with slips of four kinds, by its interface document."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from lxml.etree import _Element

from gateway.adapters.tax.conformance_calls import (
    SLIP,
    Numbers,
    by,
    numbers,
    sign,
    slip,
)
from gateway.adapters.tax.conformance_portal_calls import (
    NEW,
    REPLACES,
    SEND,
    SUPPLEMENTS,
    WITHDRAWS,
    Said,
    answered,
    ask,
    digest,
    related,
    send,
    send_changed,
    sending,
    signed_slip,
    stands,
    taken,
    tell,
    there,
    was_taken,
)
from gateway.adapters.tax.conformance_xml import (
    VIETNAM,
    Signing,
    at,
    pair_of,
    raw_of,
    seal,
    signed,
    stranger,
)
from gateway.conforming import Role, Trial, shows

SERVER = Role.SERVER
MIB = 1024 * 1024
Change = Callable[[_Element], None]


def kinds(said: Said) -> list[tuple[str, str]]:
    """SoPhieu and LoaiPhieu of DanhSachPhieu, in order."""
    rows = said.rows("DanhSachPhieu")
    return [(str(one.get("SoPhieu")), str(one.get("LoaiPhieu"))) for one in rows]


async def _not_there(t: Trial, of: Numbers, what: str) -> None:
    """A slip that was refused is not on file; one that was taken was told already."""
    if was_taken(t, of):
        return
    said = await ask(t, of)
    if said.name == "found":
        fine = said.state == "CHUA_CO"
        t.holds("TP-518", fine, f"{what}: bị từ chối nhưng có trong hồ sơ")


@shows(SERVER, "TP-401", "TP-402", "TP-406", "TP-519")
async def a_repeat_counts_once(t: Trial) -> None:
    """Gửi lại y nguyên: đã tồn tại; byte khác cùng số: nội dung khác, phiếu đầu giữ nguyên."""
    of = numbers(t)
    first = await taken(t, of)
    said = await tell(t, SEND, sending(t, of, first))
    answered(t, "TP-401", said, "already_there", "gửi lại y nguyên, MaGiaoDich khác")
    other = signed(slip(t, of), by(t, SLIP).key, Signing(shown=by(t, SLIP).der))
    said = await tell(t, SEND, sending(t, of, other))
    answered(t, "TP-402", said, "contradiction", "cùng số, byte khác")
    said = await tell(t, SEND, sending(t, of, raw_of(slip(t, of))))
    what = "cùng số, byte khác và chưa ký: xét trùng trước khi xét chữ ký"
    answered(t, "TP-519", said, "contradiction", what)
    found = (await ask(t, of)).rows("DanhSachPhieu")
    fine = [one.get("MaBam") for one in found] == [digest(first)]
    t.holds(
        "TP-406", fine, "sau khi gửi lại, DanhSachPhieu không chỉ có phiếu đầu tiên"
    )


@shows(SERVER, "TP-403", "TP-404", "TP-405")
async def numbers_and_not_message_ids_count(t: Trial) -> None:
    """MaGiaoDich không chống trùng; số đã dùng không dùng cho loại khác; số so từng ký tự."""
    one, two = numbers(t), numbers(t)
    same = t.identifier()
    for of in (one, two):
        content = {**sending(t, of, signed_slip(t, of)), "MaGiaoDich": same}
        said = await tell(t, SEND, content)
        what = "hai phiếu cùng MaGiaoDich"
        answered(t, "TP-403", said, "accepted", what)
    again = Numbers(one.dossier, one.certificate, one.slip, t.identifier())
    said, _ = await send(t, again, REPLACES, one)
    answered(t, "TP-404", said, "slip_data", "phiếu thay thế mang số của phiếu đầu")
    said = await ask(t, replace(one, slip=one.slip.lower()))
    stands(t, "TP-405", said, "CHUA_CO", "hỏi với SoPhieu viết chữ thường")


@shows(SERVER, "TP-502", "TP-503", "TP-509")
async def a_supplement_leaves_its_slip_in_force(t: Trial) -> None:
    """Bổ sung: phiếu phải có và còn hiệu lực; phiếu được bổ sung vẫn là phiếu hiệu lực."""
    first = await there(t)
    more = related(t, first)
    said, _ = await send(t, more, SUPPLEMENTS, first)
    answered(t, "TP-502", said, "accepted", "phiếu bổ sung")
    said = await ask(t, more)
    force = said.data.get("SoPhieu") == first.slip
    t.holds("TP-502", force, "hỏi số phiếu bổ sung: SoPhieu không phải phiếu hiệu lực")
    both = [(first.slip, NEW), (more.slip, SUPPLEMENTS)]
    t.holds("TP-502", kinds(said) == both, "DanhSachPhieu không có đúng hai phiếu")
    bare = sending(
        t,
        (other := related(t, first)),
        signed_slip(t, other, SUPPLEMENTS, first),
        SUPPLEMENTS,
    )
    said = await tell(t, SEND, bare)
    answered(t, "TP-503", said, "missing_field", "bổ sung thiếu SoPhieuLienQuan")
    nobody = related(t, first)
    for kind in (SUPPLEMENTS, WITHDRAWS):
        said, _ = await send(t, related(t, first), kind, nobody)
        answered(
            t,
            "TP-509",
            said,
            "related_unknown",
            f"loại {kind}, phiếu liên quan chưa đến",
        )


@shows(SERVER, "TP-504", "TP-507", "TP-710")
async def a_withdrawal_ends_its_slip(t: Trial) -> None:
    """Thu hồi: DA_THU_HOI có LyDo; sau đó không bổ sung, thu hồi được nữa."""
    first = await there(t)
    end = related(t, first)
    said, _ = await send(t, end, WITHDRAWS, first)
    answered(t, "TP-504", said, "accepted", "phiếu thu hồi")
    for of, what in ((first, "số phiếu đã thu hồi"), (end, "số phiếu thu hồi")):
        said = await ask(t, of)
        if stands(t, "TP-710", said, "DA_THU_HOI", f"hỏi {what}"):
            wrong = t.wrong("TraCuuNghiaVu.reply", said.content)
            t.holds("TP-710", not wrong, f"DA_THU_HOI: sai khuôn ở {', '.join(wrong)}")
            owed = said.amount("TongPhaiNop")
            t.holds("TP-710", owed == 0, "DA_THU_HOI nhưng TongPhaiNop không là 0")
    for kind in (SUPPLEMENTS, WITHDRAWS):
        said, _ = await send(t, related(t, first), kind, first)
        answered(
            t, "TP-507", said, "related_ended", f"loại {kind} trên phiếu đã thu hồi"
        )


@shows(SERVER, "TP-505", "TP-506", "TP-507")
async def a_replacement_stands_in_for_its_slip(t: Trial) -> None:
    """Thay thế: nhận cả khi phiếu trước chưa đến; hỏi số cũ thấy phiếu hiệu lực."""
    nobody = numbers(t)
    said, _ = await send(t, related(t, nobody), REPLACES, nobody)
    answered(t, "TP-505", said, "accepted", "thay thế phiếu chưa từng đến")
    first = await there(t)
    new = related(t, first)
    document = signed_slip(t, new, REPLACES, first)
    said = await tell(t, SEND, sending(t, new, document, REPLACES))
    answered(t, "TP-505", said, "accepted", "thay thế, không ghi SoPhieuLienQuan")
    said = await ask(t, first)
    force = said.name == "found" and said.data.get("SoPhieu") == new.slip
    t.holds("TP-506", force, f"hỏi số cũ: {said.shown}, SoPhieu không phải phiếu mới")
    both = [(first.slip, NEW), (new.slip, REPLACES)]
    t.holds("TP-506", kinds(said) == both, "DanhSachPhieu không có đúng hai phiếu")
    said, _ = await send(t, related(t, first), SUPPLEMENTS, first)
    answered(t, "TP-507", said, "related_ended", "bổ sung phiếu đã bị thay thế")


@shows(SERVER, "TP-508", "TP-510", "TP-511", "TP-518")
async def what_stands_beside_is_what_was_signed(t: Trial) -> None:
    """MaHoSo, SoPhieu, LoaiPhieu, SoPhieuLienQuan khác phiếu đã ký; phiếu mới có phiếu liên quan."""
    of, other = numbers(t), numbers(t)
    document = signed_slip(t, of)
    others: dict[str, Any] = {"MaHoSo": other.dossier, "SoPhieu": other.slip}
    for name, value in others.items():
        said = await tell(t, SEND, sending(t, of, document, **{name: value}))
        answered(t, "TP-510", said, "slip_differs", f"{name} khác phiếu đã ký")
    first = await there(t)
    outside = sending(t, of, document, REPLACES)
    said = await tell(t, SEND, outside)
    answered(t, "TP-510", said, "slip_differs", "LoaiPhieu khác phiếu đã ký")
    await _not_there(t, of, "thông tin bên ngoài khác phiếu")
    second = related(t, first)
    await taken(t, second, SUPPLEMENTS, first)
    more = related(t, first)
    document = signed_slip(t, more, SUPPLEMENTS, first)
    said = await tell(t, SEND, sending(t, more, document, SUPPLEMENTS, second))
    answered(t, "TP-511", said, "slip_differs", "SoPhieuLienQuan khác SEQ_REFID đã ký")
    of = numbers(t)
    content = sending(t, of, signed_slip(t, of), NEW, first)
    said = await tell(t, SEND, content)
    answered(t, "TP-508", said, "wrong_type", "phiếu mới có SoPhieuLienQuan")


@shows(SERVER, "TP-512", "TP-513", "TP-514", "TP-518", "TP-519")
async def office_files_and_seal_are_looked_at(t: Trial) -> None:
    """Cơ quan thuế khác, tệp không phải base64 hoặc quá lớn, dấu chuyển sai."""
    of, sender = numbers(t), pair_of(t, "sender")
    document = signed_slip(t, of)
    text = base64.b64encode(document).decode()
    elsewhere: dict[str, Any] = {"MaCoQuanThue": t.code("receiver_elsewhere")}
    said = await tell(t, SEND, sending(t, of, document, **elsewhere))
    answered(t, "TP-512", said, "wrong_office", "cơ quan thuế khác")
    for what, file in (
        ("không phải base64", "***"),
        ("base64 có dấu cách", f"{text[:40]} {text[40:]}"),
        ("base64 có xuống dòng", f"{text}\n"),
        ("tệp quá 10 MiB", base64.b64encode(b" " * (10 * MIB + 1)).decode()),
    ):
        said = await tell(t, SEND, sending(t, of, document, FilePhieuChuyen=file))
        answered(t, "TP-513", said, "unreadable_file", what)
    other = replace(stranger(), certificate=sender.certificate)
    for what, sealed in (
        ("dấu trên byte khác", seal(document + b" ", sender)),
        ("dấu của khóa khác", seal(document, other)),
        ("alg none", seal(document, sender, alg="none")),
        ("alg HS256", seal(document, sender, alg="HS256")),
        ("có thành phần crit", seal(document, sender, crit=["b64"])),
        ("kid lạ", seal(document, stranger())),
    ):
        said = await tell(t, SEND, sending(t, of, document, DauChuyen=sealed))
        answered(t, "TP-514", said, "seal_invalid", what)
    both = sending(t, of, document, DauChuyen="e30..e30", **elsewhere)
    said = await tell(t, SEND, both)
    answered(t, "TP-519", said, "wrong_office", "cơ quan thuế khác, dấu sai")
    await _not_there(t, of, "dấu chuyển sai")


@shows(SERVER, "TP-520", "TP-521", "TP-522", "TP-523", "TP-518")
async def the_slips_signature_is_looked_at(t: Trial) -> None:
    """Phiếu sai schema, có DTD, chưa ký, bị sửa, bị bọc chữ ký, khóa lạ."""
    of = numbers(t)
    good = signed_slip(t, of)
    entity = b'<!DOCTYPE DATA [<!ENTITY e "1">]><DATA'
    issuer = by(t, SLIP)
    misshapen = slip(t, of)
    at(misshapen, "TT_CHUNG/LOAI_DENGHI").text = "07"
    looks = [
        ("TP-520", "slip_schema", "sai tct.xsd", sign(t, SLIP, misshapen)),
        ("TP-520", "slip_schema", "có DTD", good.replace(b"<DATA", entity, 1)),
        ("TP-520", "slip_schema", "không phải XML", b"khong phai XML"),
        ("TP-520", "slip_schema", "ROW bị dời chỗ", _wrapped(good)),
        ("TP-521", "signature_missing", "chưa ký", raw_of(slip(t, of))),
        (
            "TP-522",
            "signature_invalid",
            "bị sửa sau khi ký",
            good.replace(b"120.5", b"120.6"),
        ),
        ("TP-522", "signature_invalid", "khóa lạ", signed(slip(t, of), stranger().key)),
        (
            "TP-522",
            "signature_invalid",
            "khóa lạ, cho thấy chứng thư đã đăng ký",
            signed(slip(t, of), stranger().key, Signing(shown=issuer.der)),
        ),
        (
            "TP-523",
            "certificate_unknown",
            "khóa lạ, cho thấy chứng thư lạ",
            signed(slip(t, of), stranger().key, Signing(shown=stranger().der)),
        ),
    ]
    for number, name, what, document in looks:
        said = await tell(t, SEND, sending(t, of, document))
        answered(t, number, said, name, what)
    await _not_there(t, of, "phiếu ký sai")


@shows(SERVER, "TP-525")
async def a_certificate_out_of_date_is_refused(t: Trial) -> None:
    """Chứng thư đã đăng ký nhưng hết hiệu lực."""
    of, over = numbers(t), pair_of(t, "issuer_over")
    document = signed(slip(t, of), over.key, Signing(shown=over.der))
    said = await tell(t, SEND, sending(t, of, document))
    answered(t, "TP-525", said, "certificate_unknown", "chứng thư hết hiệu lực")


def _wrapped(good: bytes) -> bytes:
    """The signed ROW moved aside, with a forged one in its place."""
    begin, end = good.index(b"<ROW"), good.index(b"</ROW>") + len(b"</ROW>")
    row = good[begin:end]
    forged = row.replace(b'Id="R-', b'Id="R-gia-').replace(b"120.5", b"1205")
    return good[:begin] + forged + row + good[end:]


def _day_after_tomorrow(t: Trial) -> Change:
    later = t.now().astimezone(VIETNAM) + timedelta(days=2)

    def change(root: _Element) -> None:
        at(root, "TT_CHUNG/NGAY_DUYET").text = f"{later:%Y-%m-%d}"

    return change


@shows(SERVER, "TP-524", "TP-518")
async def the_slips_content_is_looked_at(t: Trial) -> None:
    """Nội dung phiếu sai (ngày duyệt, diện tích, thiếu chuyển nhượng): nêu chỗ, không lưu."""

    def no_area(root: _Element) -> None:
        at(root, "TT_THUADAT/DIEN_TICH").text = "0"

    def no_transfer(root: _Element) -> None:
        root[0][0].remove(at(root, "TT_CHUYENNHUONG"))

    for what, change in (
        ("ngày duyệt là ngày kia", _day_after_tomorrow(t)),
        ("diện tích bằng 0", no_area),
        ("chuyển nhượng thiếu TT_CHUYENNHUONG", no_transfer),
    ):
        of = numbers(t)
        root = slip(t, of)
        change(root)
        said = await send_changed(t, of, root)
        answered(t, "TP-524", said, "slip_data", what)
        await _not_there(t, of, what)
