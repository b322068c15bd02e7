"""Rows of papers that are about several dossiers of one office."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from gateway.domain.paper_marks import MAY_LACK


@dataclass(frozen=True, slots=True)
class ChasedDossier:
    """One dossier of a letter that chases an office; nothing of the applicant."""

    number: Annotated[str, "mã hồ sơ"]
    procedure: Annotated[str, "tên thủ tục"]
    since: Annotated[date, "ở đơn vị từ ngày"]
    due_on: Annotated[date | None, "ngày hẹn trả kết quả"]
    late: Annotated[bool, "đã quá hẹn trả"]
    waits_for: Annotated[str, "đang chờ việc gì"]
    promised_on: Annotated[date | None, "ngày đơn vị đã hẹn", MAY_LACK]
    chased: Annotated[int, "số lần đã đôn đốc"]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One dossier of the minutes; no figure that was told is changed by it."""

    number: Annotated[str, "mã hồ sơ"]
    kind: Annotated[str, "đề xuất gì"]
    evidence: Annotated[str, "căn cứ: danh sách nào ghi gì"]
    office_at: Annotated[datetime | None, "lúc cơ quan ghi"]
    due_on: Annotated[date | None, "ngày hẹn trả kết quả"]
    as_shown: Annotated[str, "trên hệ thống: trước, đúng hay quá hạn"]
    as_counted: Annotated[str, "tính theo ngày đã xác nhận"]
    state: Annotated[str, "đề xuất đã được xử lý thế nào"]
    by: Annotated[str, "người xác nhận"]
    decided_at: Annotated[datetime | None, "lúc xác nhận"]
    rule: Annotated[str, "mã quy tắc tự xác nhận", MAY_LACK]
    reason: Annotated[str, "lý do theo lời người xác nhận", MAY_LACK]


@dataclass(frozen=True, slots=True)
class Contested:
    """One late dossier of the minutes; that it was late stays as it is."""

    number: Annotated[str, "mã hồ sơ"]
    office: Annotated[str, "đơn vị nêu ý kiến"]
    due_on: Annotated[date | None, "ngày hẹn trả kết quả"]
    ended_on: Annotated[date | None, "ngày kết thúc"]
    said: Annotated[str, "lý do đơn vị nêu"]
    paper: Annotated[str, "số văn bản của đơn vị", MAY_LACK]
    hours: Annotated[str, "số giờ làm việc vượt thời hạn"]
    measured: Annotated[str, "theo đo đếm, chậm ở đâu"]
    decided: Annotated[str, "sau quyết định, chậm tính cho ai"]
    by: Annotated[str, "người quyết định"]
    decided_at: Annotated[datetime | None, "lúc quyết định"]
    reason: Annotated[str, "lý do của quyết định", MAY_LACK]
