"""Canonical → messages of the tax side, carrier ``tct_xml``; pure.

A slip is never made here: it is its issuer's document and travels byte for byte.
What is made are enquiries, which the gateway signs, and the envelope.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from lxml import etree

from gateway.domain.errors import NeedsData
from gateway.ports.agency import OutboundMessage
from gateway.validation.xml import XMLRefused, parse

NAMESPACE = "urn:vn:lienthong:tct:1"
OPERATION = "GuiThongDiep"
SLIP = "TCT_GPC"
_T = f"{{{NAMESPACE}}}"
#: Vietnam time, which the tax side writes without a zone.
VIETNAM = timezone(timedelta(hours=7))
#: Message kind → MSG_TYPEs of the slip that it may carry. The first slip that we
#: are given may replace one that went another road; tax takes it all the same.
SLIP_TYPES = {"slip_new": ("10", "11"), "slip_replace": ("11",)}
#: Enquiry → (MaThongDiep, MSG_TYPE).
ENQUIRIES = {
    "notices": ("TCT_TVTBT", "14"),
    "obligations": ("TCT_TVNVTC", "16"),
    "dossier": ("TCT_TVHSSC", "17"),
}


@dataclass(frozen=True, slots=True)
class Triple:
    """MA_HS + MA_GCN + SO_PHIEU, by which both sides name a slip; and its own id."""

    ma_hs: str
    ma_gcn: str
    so_phieu: str
    seq_id: str
    msg_type: str


def triple_of(message: OutboundMessage) -> Triple:
    """The numbers inside the slip that a transfer carries.

    Its signature was checked when it came; here it is only addressed, by what
    stands in the same canonical form that the signature covers.

    Raises:
        NeedsData: the transfer has no slip, or one of another kind.
    """
    if message.signed is None:
        raise NeedsData(
            code="slip_missing", remedy="Đề nghị nơi lập phiếu gửi phiếu đã ký."
        )
    try:
        about = triple_in(bare(parse(message.signed, namespace=NAMESPACE).root))
    except XMLRefused as refused:
        raise NeedsData(code=refused.code) from refused
    if about.msg_type not in SLIP_TYPES[message.kind]:
        raise NeedsData(
            code="slip_type_differs",
            remedy="Đề nghị nơi lập phiếu lập lại phiếu thay thế (MSG_TYPE 11).",
        )
    return about


def bare(root: etree._Element) -> etree._Element:
    """A parsed document after its comments were taken out of it.

    The canonical form that a signature covers has none either; in it a comment would
    cut a number in two.
    """
    etree.strip_tags(root, etree.Comment)
    return root


def triple_in(root: etree._Element) -> Triple:
    """The numbers below a DATA or ROW element."""
    return Triple(
        ma_hs=text(root, "MA_HS"),
        ma_gcn=text(root, "MA_GCN"),
        so_phieu=text(root, "SO_PHIEU"),
        seq_id=text(root, "SEQ_ID"),
        msg_type=text(root, "MSG_TYPE"),
    )


def text(element: etree._Element, name: str) -> str:
    """Text of the first element of that name below; empty when there is none."""
    found = element.find(f".//{_T}{name}")
    return "" if found is None or found.text is None else found.text.strip()


def enquiry(about: Triple, what: str, *, seq_id: str, at: datetime) -> bytes:
    """An unsigned enquiry document; ``seq_id`` is its own identifier."""
    _, msg_type = ENQUIRIES[what]
    # The stubs know no default namespace.
    data = etree.Element(f"{_T}DATA", nsmap={None: NAMESPACE})  # type: ignore[dict-item]
    row = etree.SubElement(etree.SubElement(data, f"{_T}BODY"), f"{_T}ROW")
    row.set("Id", "ROW")
    info = etree.SubElement(row, f"{_T}SYSTEM_INFO")
    for name, value in (
        ("MSG_TYPE", msg_type),
        ("SEQ_ID", seq_id),
        ("SEQ_REFID", ""),
        ("ERROR_NOTE", ""),
    ):
        etree.SubElement(info, f"{_T}{name}").text = value
    asked = etree.SubElement(row, f"{_T}TRUY_VAN")
    moment = at.astimezone(VIETNAM).strftime("%Y-%m-%d %H:%M:%S")
    for name, value in (
        ("MA_HS", about.ma_hs),
        ("MA_GCN", about.ma_gcn),
        ("SO_PHIEU", about.so_phieu),
        ("NGAY_TRUYVAN", moment),
    ):
        etree.SubElement(asked, f"{_T}{name}").text = value
    return etree.tostring(data, encoding="UTF-8", xml_declaration=True)


def call(
    code: str,
    content: bytes,
    *,
    seal: str,
    sender: str,
    receiver: str,
    message_id: str,
    at: datetime,
) -> dict[str, Any]:
    """The elements of ``GuiThongDiep`` around exactly these bytes."""
    return {
        "MaDonViGui": sender,
        "MaDonViNhan": receiver,
        "IdThongDiep": message_id,
        "ThoiGian": at.astimezone(VIETNAM).replace(microsecond=0),
        "MaThongDiep": code,
        "NoiDung": content,
        "DauChuyen": seal,
    }
