"""From an HTTP answer to what tax said: proved, about what was asked, and listed.

Whatever fails on the way is named and is never success.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.adapters.tax.contract import Contract, FormRefused, open_signed
from gateway.adapters.tax.mapping import Triple
from gateway.adapters.tax.reading import Reply, contradicts, reply_in
from gateway.carriers.replies import Replies, seconds_asked
from gateway.carriers.soap import SOAPAnswer
from gateway.domain.attempt import Outcome
from gateway.ports.agency import Answer
from gateway.validation.certificates import RegisteredCertificate
from gateway.validation.xml import XMLRefused
from gateway.validation.xml_signature import SignatureRefused

_CALL_TAX = "Gọi đầu mối kỹ thuật của cơ quan thuế; cổng tự hỏi lại hồ sơ này."
#: Codes of answers that prove nothing → reason and next action.
WORDS: Mapping[str, tuple[str, str]] = {
    "answer_unreadable": (
        "Hệ thống thuế trả lời không phải thông điệp SOAP đúng tài liệu",
        _CALL_TAX,
    ),
    "answer_fault": ("Hệ thống thuế báo lỗi SOAP, chưa rõ đã nhận hay chưa", _CALL_TAX),
    "answer_malformed": ("Trả lời của cơ quan thuế không đọc được an toàn", _CALL_TAX),
    "answer_form": ("Trả lời của cơ quan thuế sai cấu trúc đã công bố", _CALL_TAX),
    "answer_unsigned": ("Trả lời của cơ quan thuế không có chữ ký số", _CALL_TAX),
    "answer_signature": (
        "Chữ ký số trên trả lời của cơ quan thuế không hợp lệ",
        _CALL_TAX,
    ),
    "answer_certificate": (
        "Trả lời ký bằng chứng thư chưa đăng ký là của cơ quan thuế hoặc đã hết hạn",
        "Quản trị xác minh với cơ quan thuế rồi đăng ký chứng thư mới.",
    ),
    "answer_of_another": (
        "Trả lời của cơ quan thuế nói về thông điệp hoặc hồ sơ khác",
        _CALL_TAX,
    ),
    "answer_unknown_code": (
        "Cơ quan thuế trả mã không có trong danh mục đã công bố",
        _CALL_TAX,
    ),
    "another_slip_on_file": (
        "Cơ quan thuế có hồ sơ mang ba số này nhưng của phiếu khác (SEQ_ID khác)",
        "Gọi cơ quan thuế hỏi đã nhận phiếu này chưa, rồi ghi câu trả lời vào cổng.",
    ),
    "arrived_twice": (
        "Cơ quan thuế có hai hồ sơ cho cùng một phiếu",
        "Gọi cơ quan thuế đề nghị hủy một hồ sơ; cổng không gửi thêm.",
    ),
    "answer_contradicts": (
        "Trả lời của cơ quan thuế tự mâu thuẫn (mã kết quả và số liệu)",
        _CALL_TAX,
    ),
}
_SIGNATURES = {
    "signature_missing": "answer_unsigned",
    "certificate_unknown": "answer_certificate",
    "certificate_expired": "answer_certificate",
}
#: A note that names places and nothing else: element names, positions, a line.
_PLACES = re.compile(r"(dòng \d+: )?[A-Za-z_]+(\[\d+\])?(/[A-Za-z_]+(\[\d+\])?)*")


@dataclass(frozen=True, slots=True)
class Asked:
    """A message as it was sent: what its answer must repeat."""

    code: str
    #: MaThongDiep
    id: str
    about: Triple
    #: ``seq_id`` and ``msg_type`` are those of the document sent


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back; ``reply`` only where it is proved, ours and listed."""

    answer: Answer
    reply: Reply | None = None


class _Refused(Exception):
    """The answer proves nothing; ``code`` is one of ``WORDS``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def hear(
    got: SOAPAnswer,
    asked: Asked,
    *,
    contract: Contract,
    replies: Replies,
    certificates: Sequence[RegisteredCertificate],
    at: datetime,
) -> Heard:
    """What an answer says about the message that was sent.

    ``at`` (aware, wall): when the certificates of tax must be valid.
    """
    if got.values is None:
        return Heard(_not_an_answer(got, asked, replies, at))
    try:
        reply = _proved(got.values["NoiDung"] or b"", contract, certificates, at)
        _require_ours(reply, asked)
        if contradicts(reply):
            raise _Refused("answer_contradicts")
    except _Refused as refused:
        return Heard(_broken(got, refused.code))
    row = replies.classify(
        asked.code,
        got.http.status,
        {"ERROR_CODE": reply.error_code, "MA_KETQUA": reply.result_code},
        "",
    )
    if row is None:
        return Heard(_broken(got, "answer_unknown_code"))
    answer = Answer(
        row.outcome,
        row.code,
        detail=places(reply.note),
        remedy=row.next_action,
        response=got.http.body,
        http_status=got.http.status,
        times=got.times,
    )
    return Heard(answer, reply)


def broken(answer: Answer, code: str) -> Answer:
    """The same answer, found to be outside the contract after all."""
    return replace(answer, outcome=Outcome.CONTRACT_BROKEN, code=code)


def places(note: str) -> str:
    """An ERROR_NOTE, if it keeps to naming places; else nothing."""
    return note if _PLACES.fullmatch(note) else ""


def _proved(
    raw: bytes,
    contract: Contract,
    certificates: Sequence[RegisteredCertificate],
    at: datetime,
) -> Reply:
    try:
        signed = open_signed(
            raw, certificates=certificates, at=at, schema=contract.schema
        )
    except XMLRefused:
        raise _Refused("answer_malformed") from None
    except FormRefused:
        raise _Refused("answer_form") from None
    except SignatureRefused as refused:
        code = _SIGNATURES.get(refused.code, "answer_signature")
        raise _Refused(code) from None
    reply = reply_in(signed.row)
    # The schema's pattern lets 31 February pass in a time.
    if reply is None or reply.at is None:
        raise _Refused("answer_form")
    return reply


def _require_ours(reply: Reply, asked: Asked) -> None:
    """An answer to another message, or about another slip, proves nothing."""
    told, sent = reply.about, asked.about
    if reply.error_code == "0":
        same = told == sent
    else:
        # A message that tax could not read is refused without its numbers.
        pairs = (
            (told.ma_hs, sent.ma_hs),
            (told.ma_gcn, sent.ma_gcn),
            (told.so_phieu, sent.so_phieu),
            (told.seq_id, sent.seq_id),
        )
        same = all(said in {"", meant} for said, meant in pairs)
    if (reply.message, reply.id) != (asked.code, asked.id) or not same:
        raise _Refused("answer_of_another")


def _not_an_answer(
    got: SOAPAnswer, asked: Asked, replies: Replies, at: datetime
) -> Answer:
    """A fault, a status, a login page: only what a row knows means more."""
    status = got.http.status
    retry_after = got.http.headers.get("Retry-After", "")
    fields = {
        "Retry-After": retry_after,
        "faultcode": got.fault.code if got.fault else "",
    }
    row = replies.classify(asked.code, status, fields, "")
    if row is None:
        code = "answer_fault" if got.fault else "answer_unreadable"
        if status == 200:
            return _broken(got, code)
        return replace(_broken(got, code), outcome=Outcome.UNKNOWN)
    return Answer(
        row.outcome,
        row.code,
        detail=got.wrong,
        remedy=row.next_action,
        retry_after_s=seconds_asked(retry_after, at),
        response=got.http.body,
        http_status=status,
        times=got.times,
    )


def _broken(got: SOAPAnswer, code: str) -> Answer:
    return Answer(
        Outcome.CONTRACT_BROKEN,
        code,
        detail=got.wrong,
        remedy=WORDS[code][1],
        response=got.http.body,
        http_status=got.http.status,
        times=got.times,
    )
