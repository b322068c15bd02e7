"""Reads signed slips (phiếu chuyển thông tin, TCT_GPC): form, signature, numbers."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.adapters.tax.contract import FormRefused, open_signed
from gateway.adapters.tax.mapping import triple_in
from gateway.domain.errors import ReportRefused
from gateway.ports.slips import SlipKind, SlipNumbers, SlipReader
from gateway.validation.certificates import RegisteredCertificate
from gateway.validation.xml import XMLRefused
from gateway.validation.xml_signature import SignatureRefused
from gateway.validation.xsd import XSDSchema

#: Slips that may be between the door and being taken in; no more than their numbers stay.
_REMEMBERED = 64
_FORM = "Phiếu không đúng cấu trúc XML đã công bố: đề nghị nơi lập phiếu xuất lại."
_UNSAFE = "Phiếu có nội dung XML không được phép (DTD, thực thể, chỉ thị, quá lớn)"
#: MSG_TYPE of a slip → what it is.
KINDS: Mapping[str, SlipKind] = {
    "10": SlipKind.NEW,
    "11": SlipKind.REPLACE,
    "12": SlipKind.SUPPLEMENT,
    "13": SlipKind.WITHDRAW,
}
#: Why a slip cannot be sent: code → reason and next action.
WORDS: Mapping[str, tuple[str, str]] = {
    "slip_schema": ("Phiếu chuyển thông tin sai cấu trúc đã công bố", _FORM),
    "slip_type_differs": (
        "Phiếu gửi thay thế không ghi là phiếu thay thế (MSG_TYPE 11)",
        "Đề nghị nơi lập phiếu lập lại phiếu thay thế rồi ký.",
    ),
    "signature_wrapped": (
        "Chữ ký số không đặt đúng chỗ hoặc không bao phủ nội dung phiếu",
        "Phiếu có cấu trúc chữ ký lạ: đề nghị nơi lập phiếu xuất lại.",
    ),
    "signature_algorithm": (
        "Thuật toán ký trên phiếu không được chấp nhận",
        "Đề nghị nơi lập phiếu ký lại bằng RSA-SHA256.",
    ),
    "signature_missing": (
        "Phiếu chuyển thông tin chưa ký số",
        "Đề nghị nơi lập phiếu ký số rồi gửi lại.",
    ),
    "signature_invalid": (
        "Chữ ký số trên phiếu không khớp nội dung",
        "Đề nghị nơi lập phiếu ký lại.",
    ),
    "certificate_unknown": (
        "Phiếu được ký bằng chứng thư chưa đăng ký",
        "Đơn vị lập phiếu đăng ký chứng thư số với quản trị cổng.",
    ),
    "certificate_expired": (
        "Chứng thư số ký phiếu đã hết hạn",
        "Đơn vị lập phiếu gia hạn chứng thư rồi ký lại.",
    ),
    "xml_namespace": ("Phiếu dùng không gian tên XML khác tài liệu kết nối", _FORM),
    "xml_encoding": ("Phiếu không viết bằng UTF-8", _FORM),
    "xml_malformed": ("Phiếu không phải XML đúng cú pháp", _FORM),
    **dict.fromkeys(
        (
            "xml_dtd",
            "xml_entity",
            "xml_xinclude",
            "xml_stylesheet",
            "xml_instruction",
            "xml_too_deep",
            "xml_too_large",
        ),
        (_UNSAFE, _FORM),
    ),
}


@dataclass(frozen=True, slots=True)
class _Proved:
    """A slip that was read, and by which certificates (their kids) it might be."""

    digest: bytes
    by: set[str]
    signer: RegisteredCertificate
    numbers: SlipNumbers


class TCTSlipReader(SlipReader):
    """Slips of the tct_xml interface."""

    def __init__(
        self,
        schema: XSDSchema,
        certificates: Callable[[str], Sequence[RegisteredCertificate]],
    ) -> None:
        """``certificates``: office → the issuer's registered certificates."""
        self._schema = schema
        self._certificates = certificates
        self._last: deque[_Proved] = deque(maxlen=_REMEMBERED)

    def read(
        self, signed: bytes, *, issuers: Sequence[str], at: datetime
    ) -> SlipNumbers:
        """Check form and signature; the numbers come from the signed row alone.

        A slip is read at the door and once more where it is taken in: the very same
        bytes, by the very same certificates, are proved once.
        """
        known = [c for issuer in issuers for c in self._certificates(issuer)]
        digest, by = hashlib.sha256(signed).digest(), {one.kid for one in known}
        for last in self._last:
            if (last.digest, last.by) == (digest, by) and last.signer.is_valid_at(at):
                return last.numbers
        signer, numbers = self._proved(signed, known, at)
        self._last.append(_Proved(digest, by, signer, numbers))
        return numbers

    def _proved(
        self, signed: bytes, known: Sequence[RegisteredCertificate], at: datetime
    ) -> tuple[RegisteredCertificate, SlipNumbers]:
        """Who signed it, and the numbers of the signed row."""
        try:
            proved = open_signed(signed, certificates=known, at=at, schema=self._schema)
        except FormRefused as refused:
            raise ReportRefused(
                refused.places,
                code="slip_schema",
                remedy=f"{_FORM} Sai tại: {refused.places}.",
            ) from refused
        except (XMLRefused, SignatureRefused) as refused:
            raise ReportRefused(
                code=refused.code, remedy=WORDS[refused.code][1]
            ) from refused
        about = triple_in(proved.row)
        kind = KINDS.get(about.msg_type)
        if kind is None:
            raise ReportRefused(
                "SYSTEM_INFO/MSG_TYPE", code="slip_schema", remedy=_FORM
            )
        numbers = SlipNumbers(about.ma_hs, about.ma_gcn, about.so_phieu, kind)
        return proved.certificate, numbers
