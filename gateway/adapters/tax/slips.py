"""Reads signed slips (phiếu chuyển thông tin, TCT_GPC): form, signature, numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from gateway.adapters.tax.mapping import NAMESPACE, triple_in
from gateway.domain.errors import ReportRefused
from gateway.ports.slips import SlipNumbers, SlipReader
from gateway.validation.certificates import RegisteredCertificate
from gateway.validation.xml import XMLRefused, parse
from gateway.validation.xml_signature import SignatureRefused, SignedShape, verify
from gateway.validation.xsd import XSDSchema

SHAPE = SignedShape(NAMESPACE)
_REMEDIES: Mapping[str, str] = {
    "signature_missing": "Đề nghị nơi lập phiếu ký số phiếu rồi gửi lại.",
    "signature_invalid": "Chữ ký không khớp nội dung: đề nghị nơi lập phiếu ký lại.",
    "signature_wrapped": "Phiếu có cấu trúc chữ ký lạ: đề nghị nơi lập phiếu xuất lại.",
    "signature_algorithm": "Thuật toán ký không được chấp nhận: ký lại bằng RSA-SHA256.",
    "certificate_unknown": "Đơn vị lập phiếu đăng ký chứng thư số với quản trị cổng.",
    "certificate_expired": "Chứng thư số đã hết hạn: đơn vị lập phiếu gia hạn rồi ký lại.",
}
_FORM = "Phiếu không đúng cấu trúc XML đã công bố: đề nghị nơi lập phiếu xuất lại."


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

    def read(
        self, signed: bytes, *, issuers: Sequence[str], at: datetime
    ) -> SlipNumbers:
        """Check form and signature; the numbers come from the signed row alone."""
        try:
            root = parse(signed, namespace=NAMESPACE).root
        except XMLRefused as refused:
            raise ReportRefused(code=refused.code, remedy=_FORM) from refused
        known = [c for issuer in issuers for c in self._certificates(issuer)]
        try:
            proved = verify(signed, certificates=known, at=at, shape=SHAPE)
        except SignatureRefused as refused:
            raise ReportRefused(
                code=refused.code, remedy=_REMEDIES.get(refused.code, _FORM)
            ) from refused
        faults = self._schema.check(root)
        if faults:
            places = ", ".join(fault.path for fault in faults[:3])
            raise ReportRefused(
                places, code="slip_schema", remedy=f"{_FORM} Sai tại: {places}."
            )
        about = triple_in(proved.row)
        if not about.so_phieu:
            raise ReportRefused(code="slip_schema", remedy=_FORM)
        return SlipNumbers(about.ma_hs, about.ma_gcn, about.so_phieu)
