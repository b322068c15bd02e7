"""Facts of the record that an acknowledgement did not come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from gateway.domain.paper_marks import MAY_LACK


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One message that had left, or may have, when the record was made."""

    what: Annotated[str, "việc gửi"]
    message: Annotated[str, "mã lượt gửi"]
    at: Annotated[datetime | None, "lúc rời cổng lần đầu"]
    known: Annotated[str, "khi lập biên bản, cổng biết gì về lượt gửi"]
    digest: Annotated[str, "mã băm nội dung đã gửi (SHA-256 có khóa)", MAY_LACK]


@dataclass(frozen=True, slots=True)
class Question:
    """One message that the office was asked about afterwards, and what it said."""

    what: Annotated[str, "hỏi về lượt gửi nào"]
    at: Annotated[datetime | None, "lúc hỏi", MAY_LACK]
    times: Annotated[int, "số lần hỏi"]
    answer: Annotated[str, "cơ quan trả lời gì"]


@dataclass(frozen=True, slots=True)
class Missing:
    """One acknowledgement that did not come, as the journal has it.

    ``line`` is the journal's line as it was chained: its digest is the SHA-256 of the
    previous digest's bytes followed by the line's own.
    """

    office: Annotated[str, "đơn vị phải phản hồi"]
    expected: Annotated[str, "phản hồi phải có"]
    term: Annotated[str, "thời hạn"]
    hard: Annotated[str, "hạn chót, tính thêm từ khi hết thời hạn", MAY_LACK]
    source: Annotated[str, "căn cứ của thời hạn", MAY_LACK]
    verified: Annotated[bool, "căn cứ đã đối chiếu với văn bản"]
    due_at: Annotated[datetime | None, "lúc hết thời hạn"]
    hard_at: Annotated[datetime | None, "lúc hết hạn chót"]
    noted_at: Annotated[datetime, "lúc cổng lập biên bản"]
    sent: Annotated[tuple[SentMessage, ...], "những gì đã gửi"]
    asked: Annotated[tuple[Question, ...], "đã hỏi lại gì"]
    answered: Annotated[str, "phản hồi đầu tiên sau đó, nếu có", MAY_LACK]
    chain: Annotated[str, "tên chuỗi nhật ký"]
    position: Annotated[int, "vị trí trong chuỗi"]
    number: Annotated[int | None, "số niêm phong (trống: chưa niêm phong)", MAY_LACK]
    previous: Annotated[str, "mã băm của dòng trước"]
    digest: Annotated[str, "mã băm của dòng này"]
    line: Annotated[str, "dòng nhật ký, nguyên văn"]
