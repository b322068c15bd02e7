"""What the two systems say when they are called, before anybody judges it; pure.

DVCLT answers with free text in three shapes (§7.3), BTP with an object whose values
come as text or as number (§8.2). What is neither says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from gateway.adapters.civil_registry import fields
from gateway.carriers.failures import MayHaveLeft, NothingLeft
from gateway.carriers.http import HTTPAnswer
from gateway.carriers.replies import Replies, seconds_asked
from gateway.domain.attempt import Outcome, Times
from gateway.domain.errors import (
    AgencyBrokeContract,
    DeliveryError,
    NeedsConfiguration,
    StoreError,
)
from gateway.domain.text import nfc
from gateway.domain.values import replace
from gateway.ports.agency import Answer, answer_of

#: What begins so is no sentence: an object, a list or a page of which half came.
_NO_WORDS = ("{", "[", "<")
#: Fields of the envelopes, which BTP names as well (§8.3).
_ENVELOPE = {
    "module": "loại đăng ký",
    "maDonVi": "mã đơn vị",
    "maHoSoLT": "mã hồ sơ liên thông",
    "maHoSoMCDT": "mã hồ sơ một cửa",
    "maHoSo": "mã hồ sơ",
    "ngayTiepNhan": "ngày tiếp nhận",
    "data": "nội dung tờ khai",
    "fileDinhKem": "tệp đính kèm",
    "loaiGiayTo": "loại giấy tờ",
    "tenGiayTo": "tên giấy tờ",
    "tenTepDinhKem": "tên tệp",
    "huyGiayTo": "giấy tờ đã hủy",
    "duLieuTepDinhKem": "nội dung tệp",
}
WORDS = {**fields.WORDS, **_ENVELOPE}
_LONGEST_FIRST = sorted(WORDS, key=len, reverse=True)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer of BTP; ``status`` empty: it is none. ``value``: entries of a poll."""

    status: str = ""
    text: str = ""
    value: Sequence[Any] = ()


def words(body: bytes) -> str:
    """The words of an answer of DVCLT, blanks run together; empty: it has none."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = _plain(body)
    if isinstance(found, dict):
        found = found.get("message")
    return _run_together(found) if isinstance(found, str) else ""


def _plain(body: bytes) -> str:
    try:
        text = body.decode().strip()
    except UnicodeDecodeError:
        return ""
    return "" if text.startswith(_NO_WORDS) else text


def _run_together(text: str) -> str:
    return " ".join(nfc(text).split())


def said(body: bytes) -> Said:
    """An answer of BTP."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Said()
    if not isinstance(found, dict):
        return Said()
    told = (found.get(name) for name in ("statusDescription", "errorDescription"))
    text = " ".join(one for one in told if isinstance(one, str))
    value = found.get("value")
    entries = value if isinstance(value, list) else ()
    return Said(_status(found.get("status")), _run_together(text), entries)


def _status(told: object) -> str:
    """As text, whatever it came as (§8.2); a truth value is none."""
    if isinstance(told, bool) or not isinstance(told, str | int):
        return ""
    return str(told).strip()


def judged(
    replies: Replies,
    operation: str,
    answer: HTTPAnswer,
    told: tuple[str, str],
    now: datetime,
) -> Answer:
    """What an answer means; one that no row knows is a broken contract.

    ``told``: its status, where it has one, and its words.
    """
    status, text = told
    asked = answer.headers.get("Retry-After", "")
    named = {"status": status, "Retry-After": asked}
    row = replies.classify(operation, answer.status, named, text)
    if row is None:
        broken = AgencyBrokeContract()
        meaning = (Outcome.CONTRACT_BROKEN, broken.code, "", broken.remedy)
    else:
        meaning = (row.outcome, row.code, row.reason, row.next_action)
    return Answer(
        *meaning,
        retry_after_s=seconds_asked(asked, now, date=answer.headers.get("Date", "")),
        response=answer.body,
        http_status=answer.status,
        times=answer.times,
    )


def failed(error: DeliveryError, unreadable_remedy: str) -> Answer:
    """An attempt that found no answer, with what was measured."""
    times, status = Times(), None
    if isinstance(error, NothingLeft | MayHaveLeft):
        times = error.times
    if isinstance(error, MayHaveLeft):
        status = error.status
    own_fault = isinstance(error, NothingLeft) and error.reason == "body"
    if own_fault and not isinstance(error.__cause__, StoreError):
        code = "attachment_unreadable"
        error = NeedsConfiguration(code=code, remedy=unreadable_remedy)
    return replace(answer_of(error), http_status=status, times=times)


def with_fields(answer: Answer, text: str) -> Answer:
    """A refusal whose words name fields, glued together (§8.3), as people call them."""
    _, _, glued = text.partition(":")
    names = [WORDS.get(name, name) for name in apart(glued.strip())]
    if not names:
        return answer
    named = ", ".join(dict.fromkeys(names))
    return replace(answer, detail=f"{answer.detail}: {named}")


def apart(glued: str) -> list[str]:
    """Names that stand without anything between them; what is none stays as it is."""
    found: list[str] = []
    rest, strange = glued, ""
    while rest:
        name = next((one for one in _LONGEST_FIRST if rest.startswith(one)), None)
        if name is None:
            strange, rest = strange + rest[0], rest[1:]
            continue
        found += [*_stripped([strange]), name]
        strange, rest = "", rest[len(name) :]
    return [*found, *_stripped([strange])]


def _stripped(texts: Iterable[str]) -> list[str]:
    return [text.strip(" ,;") for text in texts if text.strip(" ,;")]
