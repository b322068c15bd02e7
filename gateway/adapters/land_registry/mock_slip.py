"""Slips (phiếu chuyển thông tin) as tax expects them, signed by the land office.

Form and signature follow ``docs/agencies/tax.md`` and its schema. Names of the
people in it come from the hand-over; what only the office would know (buyer's
price, approving officer) is invented, and looks it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

import xmlsec
from lxml import etree
from xmlsec import constants

from gateway.adapters.land_registry.mock_register import Dossier

NAMESPACE = "urn:vn:lienthong:tct:1"
VIETNAM = timezone(timedelta(hours=7))
NEW, REPLACING = "10", "11"
#: LOAI_NVTC that a transfer is asked for: personal income tax, registration fee.
OBLIGATIONS = ("01", "02")

_Element = etree._Element  # noqa: SLF001  lxml has no public name for it


def signed_slip(
    dossier: Dossier, *, commune: str, wishes: Mapping[str, Any], now: datetime
) -> bytes:
    """The complete signed document of the dossier's newest slip.

    The second and later ones replace the one before. ``wishes`` is the
    scenario's ``[slip]`` table.
    """
    namespaces: dict[Any, str] = {None: NAMESPACE}
    data = etree.Element(_name("DATA"), nsmap=namespaces)
    body = etree.SubElement(data, _name("BODY"))
    row = etree.SubElement(body, _name("ROW"), Id="ROW")
    _system_info(row, dossier)
    _general(row, dossier, wishes, now)
    _person(row, dossier.content["ThongTinNguoiNopDon"])
    for parcel in dossier.content["ThongTinThuaDat"] or [{}]:
        _parcel(row, parcel, commune)
    _transfer(row, wishes)
    exempt = wishes.get("exempt")
    if exempt:
        for kind in OBLIGATIONS:
            _block(row, "TT_MIENGIAM", LOAI_NVTC=kind, LY_DO=str(exempt))
    asked = etree.SubElement(row, _name("NVTC"))
    for kind in OBLIGATIONS:
        etree.SubElement(asked, _name("LOAI_NVTC")).text = kind
    security = etree.SubElement(body, _name("SECURITY"))
    branch = dossier.branch
    _sign(security, row, str(branch["slip_key"]), str(branch["slip_certificate"]))
    return etree.tostring(data, encoding="UTF-8", xml_declaration=True)


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"


def _block(parent: _Element, local: str, **fields: str) -> _Element:
    """An element with its fields in order; what is empty and optional is left out."""
    block = etree.SubElement(parent, _name(local))
    for field, value in fields.items():
        if value or field in {"MA_GCN", "SEQ_REFID", "ERROR_NOTE"}:
            etree.SubElement(block, _name(field)).text = value
    return block


def _day_number(number: str) -> str:
    """The last digits of a dossier code: a counter that is the same on every run."""
    digits = re.sub(r"\D", "", number.rpartition("-")[2])
    return digits[-4:].rjust(4, "0")


def _sequence(number: str, count: int) -> str:
    plain = re.sub(r"[^A-Za-z0-9._-]", "-", number)
    return f"{plain[:56]}.{count}"


def _system_info(row: _Element, dossier: Dossier) -> None:
    count = dossier.slips
    _block(
        row,
        "SYSTEM_INFO",
        MSG_TYPE=NEW if count == 1 else REPLACING,
        SEQ_ID=_sequence(dossier.number, count),
        SEQ_REFID="" if count == 1 else _sequence(dossier.number, count - 1),
        ERROR_NOTE="",
    )


def _general(
    row: _Element, dossier: Dossier, wishes: Mapping[str, Any], now: datetime
) -> None:
    suffix = "" if dossier.slips == 1 else f"-{dossier.slips}"
    _block(
        row,
        "TT_CHUNG",
        MA_HS=dossier.number,
        MA_GCN=str(wishes.get("ma_gcn", "")),
        SO_PHIEU=f"{_day_number(dossier.number)}{suffix}/PCTT",
        NGAY_DUYET=now.astimezone(VIETNAM).date().isoformat(),
        NGUOI_DUYET="Phạm Thị Ví Dụ",
        LOAI_DENGHI="02",
        LOAI_HOSO="1",
        DK_GHINO_NVTC="0",
    )


def _person(row: _Element, applicant: Mapping[str, Any]) -> None:
    identity = str(applicant.get("SoChungMinh") or "")
    kinds = {12: "1", 9: "2"}
    phone = re.sub(r"[^0-9+]", "", str(applicant.get("SoDienThoai") or ""))
    _block(
        row,
        "TT_NSD",
        VAI_TRO="1",
        LOAI_NSD="1",
        HO_TEN=_token(applicant["HoTen"]),
        LOAI_GIAYTO=kinds.get(len(identity), "4") if identity else "",
        SO_GIAYTO=identity,
        DIA_CHI=_token(applicant.get("DiaChiChiTiet") or ""),
        DIEN_THOAI=phone if 8 <= len(phone) <= 15 else "",
        EMAIL=_token(applicant.get("Email") or ""),
    )


def _token(text: str) -> str:
    """Blanks as the schema's token type wants them."""
    return " ".join(str(text).split())


def _parcel(row: _Element, parcel: Mapping[str, Any], commune: str) -> None:
    _block(
        row,
        "TT_THUADAT",
        SO_TO=_token(parcel.get("SoHieuBanDo") or ""),
        SO_THUA=_token(parcel.get("SoThuTuThua") or "1"),
        MA_XA=commune,
        DIA_CHI=_token(parcel.get("DiaChiChiTiet") or ""),
        DIEN_TICH=_area(str(parcel.get("DienTich") or "")),
    )


def _area(text: str) -> str:
    """Square metres with a decimal point; the office's own survey where unreadable."""
    found = re.search(r"(\d{1,10})(?:[.,](\d{1,4}))?", text)
    if not found:
        return "100"
    whole = str(int(found[1]))
    return f"{whole}.{found[2]}" if found[2] else whole


def _transfer(row: _Element, wishes: Mapping[str, Any]) -> None:
    _block(
        row,
        "TT_CHUYENNHUONG",
        HINH_THUC="1",
        GIA_TRI=str(wishes.get("price", 100_000_000)),
    )


@lru_cache(maxsize=16)
def _key(key_file: str, certificate_file: str) -> xmlsec.Key:
    key = xmlsec.Key.from_memory(
        Path(key_file).read_bytes(), constants.KeyDataFormatPem
    )
    certificate = Path(certificate_file).read_bytes()
    key.load_cert_from_memory(certificate, constants.KeyDataFormatCertPem)
    return key


def _sign(
    security: _Element, row: _Element, key_file: str, certificate_file: str
) -> None:
    """RSA-SHA256 over the row, exclusive C14N, one reference by Id."""
    signature = xmlsec.template.create(
        security,
        constants.TransformExclC14N,
        constants.TransformRsaSha256,
        ns="ds",
    )
    security.append(signature)
    reference = xmlsec.template.add_reference(
        signature, constants.TransformSha256, uri=f"#{row.get('Id')}"
    )
    xmlsec.template.add_transform(reference, constants.TransformExclC14N)
    key_info = xmlsec.template.ensure_key_info(signature)
    x509 = xmlsec.template.add_x509_data(key_info)
    xmlsec.template.x509_data_add_certificate(x509)
    context = xmlsec.SignatureContext()
    context.key = _key(key_file, certificate_file)
    context.register_id(row, "Id")
    context.sign(signature)
