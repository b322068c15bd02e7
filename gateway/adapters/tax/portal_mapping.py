"""Canonical → messages of the tax side, carrier ``portal``; pure.

A slip is its issuer's document and travels byte for byte; the numbers beside it
are read from what was signed. Field names are the portal's, byte for byte.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lxml.etree import LxmlError

from gateway.adapters.tax.mapping import NAMESPACE, bare, text, triple_in
from gateway.carriers.json_files import FileValue
from gateway.domain.errors import NeedsConfiguration, NeedsData
from gateway.domain.text import nfc
from gateway.ports.agency import OutboundMessage
from gateway.validation.xml import XMLRefused, parse

SLIP = "GuiPhieuChuyen"
ANSWER = "TraLoiYeuCau"
ENQUIRY = "TraCuuNghiaVu"
QUESTION_ANSWER = "question_answer"
#: Message kind → LoaiPhieu (= MSG_TYPE) of the slip that it may carry. The first
#: slip that we are given may replace one that went another road.
SLIP_TYPES: Mapping[str, tuple[str, ...]] = {
    "slip_new": ("10", "11"),
    "slip_replace": ("11",),
    "slip_supplement": ("12",),
    "slip_withdraw": ("13",),
}
#: Slips that the portal takes only with the number of the one before (section 5).
_NEED_RELATED = frozenset({"12", "13"})
_NEW = "10"


@dataclass(frozen=True, slots=True)
class Slip:
    """What the portal is told about a slip beside its bytes.

    ``refers_to``: SEQ_ID of the slip before it, empty where it names none.
    """

    ma_ho_so: str
    so_phieu: str
    loai_phieu: str
    seq_id: str
    refers_to: str
    signed: bytes

    @property
    def digest(self) -> str:
        """MaBam: SHA-256 of the bytes that were signed."""
        return hashlib.sha256(self.signed).hexdigest()


def read_slip(signed: bytes) -> Slip:
    """The numbers inside a signed slip, in the form that its signature covers.

    Raises:
        XMLRefused: it is not read.
    """
    root = bare(parse(signed, namespace=NAMESPACE).root)
    about = triple_in(root)
    return Slip(
        ma_ho_so=about.ma_hs,
        so_phieu=about.so_phieu,
        loai_phieu=about.msg_type,
        seq_id=about.seq_id,
        refers_to=text(root, "SEQ_REFID"),
        signed=signed,
    )


def slip_of(message: OutboundMessage) -> Slip:
    """The slip that a transfer carries; its signature was checked when it came.

    Raises:
        NeedsData: the transfer has none, or one of another kind.
    """
    if message.signed is None:
        raise NeedsData(
            code="slip_missing", remedy="Đề nghị nơi lập phiếu gửi phiếu đã ký."
        )
    try:
        slip = read_slip(message.signed)
    except XMLRefused as refused:
        raise NeedsData(code=refused.code) from refused
    if slip.loai_phieu not in SLIP_TYPES[message.kind]:
        raise NeedsData(
            code="slip_type_differs",
            remedy="Đề nghị nơi lập phiếu lập lại phiếu đúng loại (MSG_TYPE) rồi ký.",
        )
    return slip


def slip_data(
    message: OutboundMessage, slip: Slip, office: Mapping[str, Any], *, seal: str
) -> dict[str, Any]:
    """``Data`` of ``GuiPhieuChuyen``.

    Raises:
        NeedsConfiguration: nobody said which MaCoQuanThue the office is.
        NeedsData: the slip before it, which must be named, is not known here.
    """
    data = {
        "MaHoSo": slip.ma_ho_so,
        "SoPhieu": slip.so_phieu,
        "LoaiPhieu": slip.loai_phieu,
        "MaCoQuanThue": receiver_of(message, office),
        "FilePhieuChuyen": base64.b64encode(slip.signed).decode(),
        "DauChuyen": seal,
    }
    related = "" if slip.loai_phieu == _NEW else _related(message.earlier, slip)
    if related:
        data["SoPhieuLienQuan"] = related
    elif slip.loai_phieu in _NEED_RELATED:
        raise NeedsData(
            code="related_slip_unknown",
            remedy="Cổng không giữ phiếu mà phiếu này dẫn chiếu (SEQ_REFID): đề nghị nơi"
            " lập phiếu kiểm tra, hoặc gửi phiếu trước đó qua cổng rồi gửi lại.",
        )
    return data


def _related(earlier: Iterable[bytes], slip: Slip) -> str:
    """SoPhieuLienQuan: number of the slip whose SEQ_ID this one names; or nothing.

    Two slips may have one SEQ_ID where issuers number by themselves: then neither
    is named, since the portal holds the number against what was signed.
    """
    found = {
        one.so_phieu
        for one in map(_readable, earlier)
        if one is not None and one.seq_id == slip.refers_to
    }
    return found.pop() if slip.refers_to and len(found) == 1 else ""


def _readable(signed: bytes) -> Slip | None:
    """A slip before this one; None where it is none: not each of them held."""
    try:
        return read_slip(signed)
    except (XMLRefused, LxmlError):
        return None


def receiver_of(message: OutboundMessage, office: Mapping[str, Any]) -> str:
    """MaCoQuanThue of the tax office that is meant.

    Raises:
        NeedsConfiguration: the office's table has no row for it.
    """
    meant = str(message.facts.get("competent") or message.office)
    receiver = office["tax"].get("receivers", {}).get(meant)
    if not receiver:
        raise NeedsConfiguration(
            f"no receiver for {meant}",
            code="receiver_unmapped",
            remedy="Quản trị bổ sung mã cơ quan thuế vào [office.tax.receivers] của kênh"
            " rồi bấm «Gửi lại».",
        )
    return str(receiver)


def answer_data(message: OutboundMessage, *, max_file_bytes: int) -> dict[str, Any]:
    """``Data`` of ``TraLoiYeuCau``; files are ``FileValue``s, read when written.

    Raises:
        NeedsData: what is answered is not known, or a file is empty or too large.
    """
    number, content = message.number("ma_ho_so"), message.content
    if not number or not all(
        content.get(name) for name in ("slip", "question", "content")
    ):
        raise NeedsData(
            code="question_not_named",
            remedy="Một cửa gửi lại câu trả lời, ghi đúng số văn bản yêu cầu của thuế.",
        )
    files = message.view.files
    if any(not 0 < file.size_bytes <= max_file_bytes for file in files):
        raise NeedsData(
            code="answer_file_size",
            remedy="Cổng Dịch vụ công chỉ nhận tệp khác rỗng, tối đa 10 MiB: một cửa gửi"
            " lại câu trả lời với tệp nhỏ hơn.",
        )
    return {
        "MaHoSo": number,
        "SoPhieu": content["slip"],
        "SoVanBan": content["question"],
        "NoiDung": nfc(str(content["content"])),
        "DanhSachTep": [
            {"TenTep": nfc(file.name), "Tep": FileValue(file.size_bytes, file.open)}
            for file in files
        ],
    }


def enquiry_data(slip: Slip) -> dict[str, Any]:
    """``Data`` of ``TraCuuNghiaVu``."""
    return {"MaHoSo": slip.ma_ho_so, "SoPhieu": slip.so_phieu}


def call(
    operation: str,
    data: Mapping[str, Any],
    *,
    sender: str,
    key: str,
    message_id: str,
) -> dict[str, Any]:
    """The whole body of a call; ``key`` is a secret: it is for the body alone."""
    kind = data.get("LoaiPhieu", _NEW)
    return {
        "SecurityKey": key,
        "Service": operation,
        "MaDonVi": sender,
        "IsUpdating": "False" if kind == _NEW else "True",
        "MaGiaoDich": message_id,
        "Data": data,
    }
