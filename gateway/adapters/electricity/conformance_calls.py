"""Calls to an electricity company and what its answers mean, by its interface document."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

from gateway.conforming import Answer, NotTried, Trial

NEW, PAPER, PROGRESS = "themMoi_TiepNhanYeuCau", "uploadHSoGTo", "LayChiTietTienDo"
SUPPLEMENT, CANCEL = "boSungYeuCau", "huyYeuCau"
VIETNAM = timezone(timedelta(hours=7))
TAKEN = {"accepted", "already_there"}
CONTENT = b"%PDF-1.4 giay to thu cua bo thu"

#: §4.1, in all its ways; which digits are day and month does not matter here.
_YEAR_FIRST = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})( \d{1,2}:\d{2}:\d{2})?\Z")
_YEAR_LAST = re.compile(
    r"(\d{1,2})[-/](\d{1,2})[-/](\d{4})( \d{1,2}:\d{2}:\d{2}( (AM|PM))?)?\Z"
)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer as §3 reads it; ``name``: of its row, empty when it fits none."""

    name: str
    content: Mapping[str, Any]
    answer: Answer

    @property
    def shown(self) -> str:
        """What came, in words without values."""
        if self.name:
            return f"trả lời {self.name}"
        if self.answer.status != 200:
            return f"trả lời HTTP {self.answer.status}"
        return "câu trả lời không khớp dòng nào ở mục 3"

    @property
    def message(self) -> str:
        """MESSAGE, or nothing."""
        return str(self.content.get("MESSAGE", ""))

    @property
    def number(self) -> str:
        """MA_YCAU_KNAI, or nothing."""
        found = self.content.get("MA_YCAU_KNAI", "")
        return found if isinstance(found, str) else ""


@cache
def _rows(folder: Path) -> tuple[dict[str, Any], ...]:
    return tuple(tomllib.loads((folder / "codes.toml").read_text("utf-8"))["answer"])


def read(t: Trial, operation: str, answer: Answer) -> Said:
    """The first row of §3 that fits."""
    content = answer.content or {}
    if answer.status == 200 and not isinstance(content.get("TYPE"), str):
        return Said("", content, answer)
    for row in _rows(t.folder):
        if (not row["operations"] or operation in row["operations"]) and _fits(
            row, answer, content
        ):
            return Said(row["name"], content, answer)
    return Said("", content, answer)


def _fits(row: Mapping[str, Any], answer: Answer, content: Mapping[str, Any]) -> bool:
    if answer.status not in row["http"]:
        return False
    if answer.status != 200:
        waits = "with" if "Retry-After" in answer.headers else "without"
        return row.get("retry_after", "") in {"", waits}
    kind = "OK" if content["TYPE"].upper() in {"OK", "SUCCESS"} else "ERROR"
    return (
        row.get("type", "") in {"", kind}
        and folded(row.get("phrase", "")) in folded(content.get("MESSAGE", ""))
        and row.get("repeated", "") in {"", str(content.get("TRUNG_HSO", "0"))}
    )


def folded(text: object) -> str:
    """As phrases are compared (§3)."""
    return unicodedata.normalize("NFC", str(text)).casefold()


def body(content: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8."""
    return json.dumps(content, ensure_ascii=False).encode()


async def say(t: Trial, operation: str, content: Mapping[str, Any]) -> Said:
    """One call."""
    return read(t, operation, await t.post(f"/{operation}", body(content)))


def envelope(t: Trial, number: str, **more: str) -> dict[str, Any]:
    """What every call has (§2.1), and its own fields."""
    return {
        "KHOA": t.key("sender"),
        "MA_GIAODICH": t.identifier(),
        "MA_HOSO_DVC": number,
        **more,
    }


def new(t: Trial, number: str, *, papers: int = 0, **more: str) -> dict[str, Any]:
    """A new low-voltage connection with nothing but what it needs (§5.3)."""
    return envelope(
        t,
        number,
        MA_LOAI_YCAU=t.code("kind_new"),
        MA_DVIQLY=t.code("unit"),
        NGAY_YCAU=f"{t.now().astimezone(VIETNAM):%Y/%m/%d %H:%M:%S}",
        TEN_NGUOIYCAU="Nguyễn Văn Thử",
        DTHOAI="0900000099",
        DCHI_NGUOIYCAU="Số 1, đường Thử, xã Mẫu, tỉnh Mẫu",
        ID_DIA_CHINH=t.code("commune"),
        SO_DINHDANH="096090000099",
        LOAI_DINHDANH="CCCD",
        SO_PHA="1",
        MDICH_SHOAT="1",
        SO_HSGT=str(papers),
        **more,
    )


def other(t: Trial, number: str, kind: str, **more: str) -> dict[str, Any]:
    """A request of a customer (§5.3), with nothing but what its kind needs."""
    return envelope(
        t,
        number,
        MA_LOAI_YCAU=t.code(kind),
        MA_DVIQLY=t.code("unit"),
        NGAY_YCAU=f"{t.now().astimezone(VIETNAM):%Y/%m/%d %H:%M:%S}",
        TEN_NGUOIYCAU="Nguyễn Văn Thử",
        DTHOAI="0900000099",
        MA_KHANG=t.code("customer"),
        SO_HSGT="0",
        **more,
    )


def without(content: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The same without some fields."""
    return {name: value for name, value in content.items() if name not in names}


def paper(
    t: Trial, number: str, content: bytes = CONTENT, kind: str = "DDN", **more: str
) -> dict[str, Any]:
    """A paper (§6)."""
    return envelope(
        t,
        number,
        MA_LOAI_HSO=kind,
        TEN_HSO="Giấy tờ thử",
        TEN_TEP="giay-to-thu.pdf",
        NOI_DUNG_TEP=base64.b64encode(content).decode(),
        MA_BAM=hashlib.sha256(content).hexdigest(),
        **more,
    )


def answered(t: Trial, number: str, said: Said, name: str, what: str) -> bool:
    """Whether a call was answered by a row of §3."""
    why = f"{what}: phải trả lời {name}, nhưng {said.shown}"
    return t.holds(number, said.name == name, why)


async def taken(t: Trial, request: Mapping[str, Any]) -> Said:
    """A request that has to be taken for a test to go on."""
    said = await say(t, NEW, request)
    if said.name not in TAKEN:
        raise NotTried(f"yêu cầu mới dùng để thử không được nhận ({said.shown})")
    return said


async def handed_over(t: Trial, act: str = "", *, papers: int = 0) -> Said:
    """A new request that the company has; its dossier stands in ``content``.

    Raises:
        NotTried: it was not taken, so that nothing further can be tried with it.
    """
    number = t.number(act)
    said = await taken(t, new(t, number, papers=papers))
    return Said(said.name, {**said.content, "MA_HOSO_DVC": number}, said.answer)


async def rows(t: Trial, number: str) -> list[Mapping[str, Any]]:
    """Rows of a request, asked for once.

    Raises:
        NotTried: they cannot be had.
    """
    said = await say(t, PROGRESS, envelope(t, number))
    found = said.content.get("TIEN_DO")
    if said.name != "found" or not isinstance(found, list):
        raise NotTried(f"tra cứu tiến độ không trả lời được ({said.shown})")
    return [row for row in found if isinstance(row, dict)]


def is_moment(text: object) -> bool:
    """Whether a text is a real moment in one of the ways of §4.1."""
    if not isinstance(text, str):
        return False
    if first := _YEAR_FIRST.match(text):
        return _real(int(first[1]), int(first[2]), int(first[3]))
    if last := _YEAR_LAST.match(text):
        one, two = int(last[1]), int(last[2])
        day, month = (two, one) if last[6] else (one, two)
        return _real(int(last[3]), month, day)
    return False


def _real(year: int, month: int, day: int) -> bool:
    try:
        return datetime(year, month, day, tzinfo=VIETNAM).year >= 2000
    except ValueError:
        return False
