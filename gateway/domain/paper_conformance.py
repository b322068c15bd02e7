"""Facts of the minutes of a connection test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from gateway.domain.paper_forms import FormName
from gateway.domain.paper_marks import MAY_LACK


@dataclass(frozen=True, slots=True)
class MessageField:
    """One field of a message, as its schema has it."""

    name: Annotated[str, "tên trường"]
    kind: Annotated[str, "kiểu và khuôn"]
    required: Annotated[bool, "bắt buộc"]
    meaning: Annotated[str, "ý nghĩa"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of an interface."""

    name: Annotated[str, "tên thông điệp"]
    title: Annotated[str, "dùng để làm gì"]
    rows: Annotated[tuple[MessageField, ...], "các trường"]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one requirement."""

    number: Annotated[str, "số của yêu cầu"]
    section: Annotated[str, "mục của tài liệu giao diện"]
    level: Annotated[str, "phải hoặc nên"]
    requirement: Annotated[str, "yêu cầu"]
    verdict: Annotated[str, "kết luận"]
    why: Annotated[str, "vì sao chưa đạt, chưa thử", MAY_LACK]


@dataclass(frozen=True, slots=True)
class Attested:
    """A requirement that a person answers for."""

    number: Annotated[str, "số của yêu cầu"]
    requirement: Annotated[str, "yêu cầu"]
    by: Annotated[str, "người xác nhận"]
    on: Annotated[date | None, "ngày xác nhận"]
    note: Annotated[str, "ghi chú của người xác nhận", MAY_LACK]


@dataclass(frozen=True, slots=True)
class ConformanceMinutes:
    """Biên bản thử nghiệm kết nối: what was tried with whom, and what was found."""

    form: Annotated[FormName, "mẫu giấy tờ"]
    agency: Annotated[str, "cơ quan có hệ thống được thử"]
    system: Annotated[str, "hệ thống được thử", MAY_LACK]
    place: Annotated[str, "nơi thử", MAY_LACK]
    purpose: Annotated[str, "mục đích kết nối"]
    document: Annotated[str, "tài liệu giao diện"]
    version: Annotated[str, "phiên bản của bộ yêu cầu"]
    digest: Annotated[str, "mã băm của schema, danh mục và bộ yêu cầu"]
    role: Annotated[str, "vai của hệ thống được thử"]
    address: Annotated[str, "địa chỉ hệ thống được thử", MAY_LACK]
    callback: Annotated[str, "địa chỉ bộ thử chờ lời gọi", MAY_LACK]
    subject: Annotated[str, "chứng thư TLS cấp cho", MAY_LACK]
    issuer: Annotated[str, "nơi cấp chứng thư TLS", MAY_LACK]
    ends: Annotated[datetime | None, "chứng thư TLS hết hạn lúc", MAY_LACK]
    contacts: Annotated[tuple[str, ...], "đầu mối của cơ quan", MAY_LACK]
    by: Annotated[str, "người thử"]
    tried_at: Annotated[datetime, "lúc bắt đầu thử"]
    messages: Annotated[tuple[Message, ...], "thông điệp của giao diện"]
    results: Annotated[tuple[Result, ...], "kết luận từng yêu cầu"]
    attested: Annotated[tuple[Attested, ...], "yêu cầu do người xác nhận", MAY_LACK]
    held: Annotated[int, "số yêu cầu đạt"]
    broken: Annotated[int, "số yêu cầu không đạt"]
    confirmed: Annotated[int, "số yêu cầu đã xác nhận"]
    untried: Annotated[int, "số yêu cầu chưa thử, hoặc không có lời gọi đến"]
    overall: Annotated[str, "kết luận chung"]
    first: Annotated[str, "mã hồ sơ thử đầu tiên để lại", MAY_LACK]
    last: Annotated[str, "mã hồ sơ thử cuối cùng để lại", MAY_LACK]
    printed_at: Annotated[datetime, "lúc in"]
