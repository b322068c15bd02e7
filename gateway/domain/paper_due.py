"""What a list of dossiers that are due says of each; nothing of the applicant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated


@dataclass(frozen=True, slots=True)
class DueDossier:
    """One dossier, where it lies and since when."""

    number: Annotated[str, "mã hồ sơ"]
    procedure: Annotated[str, "tên thủ tục"]
    due_on: Annotated[date, "ngày hẹn trả kết quả"]
    late: Annotated[bool, "đã quá hẹn trả"]
    place: Annotated[str, "hồ sơ đang ở"]
    since: Annotated[date, "ở đó từ ngày"]


@dataclass(frozen=True, slots=True)
class DueOffice:
    """Those that lie with one office."""

    office: Annotated[str, "nơi hồ sơ đang ở, kèm đầu mối"]
    dossiers: Annotated[tuple[DueDossier, ...], "hồ sơ ở đó"]
