"""What the tax authority answers: the signed document inside, the SOAP around it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from lxml import etree
from lxml.etree import _Element

from gateway.adapters.tax.mock_desk import File, Notice, Numbers, Totals
from gateway.adapters.tax.mock_xml import (
    MAX_ENVELOPE_BYTES,
    NAMESPACE,
    SOAP,
    Refused,
    Schemas,
    parse,
    tag,
    text_of,
)

VIETNAM = timezone(timedelta(hours=7))
OFFICER = "Cán bộ thuế (giả lập)"
#: Number of each message kind's lists of codes.
LISTS = {"TCT_GPC": "02", "TCT_TVTBT": "11", "TCT_TVNVTC": "29", "TCT_TVHSSC": "40"}
NO_NUMBERS = Numbers("", "", "")


#: As the default namespace, which the stubs of lxml do not know.
_DEFAULT: Any = {None: NAMESPACE}


class FaultyEnvelope(Exception):
    """The SOAP envelope itself is not to be read; the text is the fault string."""


@dataclass(frozen=True, slots=True)
class Call:
    """One GuiThongDiep as it came, before anything in it was believed."""

    sender: str
    receiver: str
    id: str
    code: str
    #: MaThongDiep
    content: bytes
    seal: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What an answer repeats of the message; empty where it could not be read."""

    msg_type: str = ""
    seq_id: str = ""
    numbers: Numbers = NO_NUMBERS


@dataclass(frozen=True, slots=True)
class Answer:
    """What the office says, before it is written and signed."""

    error_code: str
    note: str = ""
    result: str = ""
    #: MA_KETQUA; empty for slips and for refused calls
    reason: str = ""
    notices: tuple[Notice, ...] = ()
    totals: Totals | None = None
    files: tuple[File, ...] = ()
    office: str = ""


def read_call(raw: bytes, schemas: Schemas) -> Call:
    """The one GuiThongDiep in a SOAP 1.1 envelope."""
    try:
        root = parse(raw, max_bytes=MAX_ENVELOPE_BYTES)
    except Refused as refused:
        raise FaultyEnvelope(refused.note) from refused
    body = root.findall(f"{{{SOAP}}}Body")
    if root.tag != f"{{{SOAP}}}Envelope" or len(body) != 1 or len(body[0]) != 1:
        raise FaultyEnvelope("cần đúng một phần tử trong Body của SOAP 1.1")
    call = body[0][0]
    try:
        schemas.check(call, "GuiThongDiep")
        content = base64.b64decode(text_of(call, "NoiDung"))
    except (Refused, binascii.Error) as error:
        note = error.note if isinstance(error, Refused) else "NoiDung"
        raise FaultyEnvelope(f"GuiThongDiep không đúng tct.xsd: {note}") from error
    return Call(
        sender=text_of(call, "MaDonViGui"),
        receiver=text_of(call, "MaDonViNhan"),
        id=text_of(call, "IdThongDiep"),
        code=text_of(call, "MaThongDiep"),
        content=content,
        seal=text_of(call, "DauChuyen"),
    )


def write_fault(text: str) -> bytes:
    """A SOAP fault that blames the caller."""
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP})
    fault = etree.SubElement(
        etree.SubElement(envelope, f"{{{SOAP}}}Body"), f"{{{SOAP}}}Fault"
    )
    etree.SubElement(fault, "faultcode").text = "soapenv:Client"
    etree.SubElement(fault, "faultstring").text = text
    return bytes(etree.tostring(envelope, xml_declaration=True, encoding="UTF-8"))


def write_reply(call_id: str, signed: bytes, now: datetime) -> bytes:
    """GuiThongDiepResponse around a signed document."""
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP})
    body = etree.SubElement(envelope, f"{{{SOAP}}}Body")
    reply = etree.SubElement(body, tag("GuiThongDiepResponse"), nsmap=_DEFAULT)
    _put(reply, "IdThongDiep", call_id)
    _put(reply, "ThoiGian", now.astimezone(VIETNAM).isoformat(timespec="seconds"))
    _put(reply, "NoiDung", base64.b64encode(signed).decode())
    return bytes(etree.tostring(envelope, xml_declaration=True, encoding="UTF-8"))


def write_answer(
    call: Call,
    facts: Facts,
    answer: Answer,
    *,
    now: datetime,
    serial: int,
    schemas: Schemas,
) -> _Element:
    """The answer's DATA, not signed yet."""
    root = etree.Element(tag("DATA"), nsmap=_DEFAULT)
    seq_id = f"TCT-{now.astimezone(VIETNAM):%Y%m%d%H%M%S}-{serial:06d}"
    row = etree.SubElement(
        etree.SubElement(root, tag("BODY")), tag("ROW"), Id=f"R-{seq_id}"
    )
    system = etree.SubElement(row, tag("SYSTEM_INFO"))
    # A message whose kind could not be read is answered under its list's first number.
    _put(system, "MSG_TYPE", facts.msg_type or _FIRST_TYPE[call.code])
    _put(system, "SEQ_ID", seq_id)
    _put(system, "SEQ_REFID", facts.seq_id)
    _put(system, "ERROR_NOTE", answer.note)
    told = etree.SubElement(row, tag("TRA_LOI"))
    _put(told, "MA_THONGDIEP", call.code)
    _put(told, "ID_THONGDIEP", call.id)
    _put_numbers(told, facts.numbers)
    _put(told, "NGAYCHUYEN", f"{now.astimezone(VIETNAM):%Y-%m-%d %H:%M:%S}")
    _put(told, "NGUOICHUYEN", OFFICER)
    number = LISTS[call.code]
    _put(told, "ERROR_CODE", answer.error_code)
    _put(told, "ERROR_DESC", schemas.texts[f"ERROR_CODE_{number}", answer.error_code])
    if answer.result:
        _put(told, "MA_KETQUA", answer.result)
        text = schemas.texts[f"MA_KETQUA_{number}", answer.result]
        _put(told, "DIEN_GIAI", f"{text}: {answer.reason}" if answer.reason else text)
        _put_result(told, answer, now)
    return root


_FIRST_TYPE = {
    "TCT_GPC": "10",
    "TCT_TVTBT": "14",
    "TCT_TVNVTC": "16",
    "TCT_TVHSSC": "17",
}


def _put(parent: _Element, name: str, value: str | int) -> None:
    etree.SubElement(parent, tag(name)).text = str(value)


def _put_numbers(parent: _Element, numbers: Numbers) -> None:
    _put(parent, "MA_HS", numbers.ma_hs)
    _put(parent, "MA_GCN", numbers.ma_gcn)
    _put(parent, "SO_PHIEU", numbers.so_phieu)


def _day(at: datetime) -> str:
    return at.astimezone(VIETNAM).date().isoformat()


def _put_result(told: _Element, answer: Answer, now: datetime) -> None:
    if answer.notices:
        listed = etree.SubElement(told, tag("DS_THONGBAO"))
        for notice in answer.notices:
            _put_notice(etree.SubElement(listed, tag("THONGBAO")), notice)
    elif answer.totals is not None:
        _put_totals(etree.SubElement(told, tag("NVTC")), answer, answer.totals, now)
    elif answer.files:
        listed = etree.SubElement(told, tag("DS_HOSO"))
        for file in answer.files:
            one = etree.SubElement(listed, tag("HOSO"))
            _put(one, "SO_HOSO_THUE", file.number)
            _put(one, "MSG_TYPE", file.msg_type)
            _put(one, "SEQ_ID", file.seq_id)
            local = file.received_at.astimezone(VIETNAM)
            _put(one, "NGAY_NHAN", f"{local:%Y-%m-%d %H:%M:%S}")


def _put_notice(parent: _Element, notice: Notice) -> None:
    _put(parent, "SO_QUYET_DINH", notice.number)
    _put(parent, "NGAY_QUYET_DINH", _day(notice.decided_at))
    _put(parent, "LOAI_NVTC", notice.loai)
    _put(parent, "TEN_TIEUMUC", notice.tieu_muc)
    _put(parent, "SO_TIEN", notice.so_tien)
    _put(parent, "HAN_NOP", _day(notice.due_at))
    _put(parent, "TRANG_THAI", "1")


def _put_totals(
    parent: _Element, answer: Answer, totals: Totals, now: datetime
) -> None:
    _put(parent, "MA_CQT", answer.office)
    _put(parent, "NGAY_TRA", _day(now))
    _put(parent, "NGUOI_TRA", OFFICER)
    _put(parent, "TONG_PHAI_NOP", totals.phai_nop)
    _put(parent, "TONG_MIEN_GIAM", totals.mien_giam)
    _put(parent, "TONG_DA_NOP", totals.da_nop)
    _put(parent, "TONG_CON_PNOP", totals.con_phai_nop)
    if totals.paid_at is not None:
        _put(parent, "NGAY_NOP_CUOI", _day(totals.paid_at))
