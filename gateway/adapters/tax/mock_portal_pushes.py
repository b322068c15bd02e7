"""How the portal calls the sender: notice files at 16:30, vouchers, questions; it insists."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any

from lxml import etree

from gateway.adapters.tax.mock_portal_calls import JSON, Answer, PortalOffice, parsed
from gateway.adapters.tax.mock_portal_desk import FRIDAY, VIETNAM, Case, day

REPEAT_AFTER_S = 15 * 60
REPEATS = 20
FILES_AT = (16, 30)
#: Path's last part and Service → what a book calls it.
KINDS = {
    "ThongBaoThue": "notice_file",
    "ChungTuThanhToan": "voucher",
    "YeuCauBoSungThongTin": "question",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One LIST of a notice file, as it is written; it may be wrong on purpose."""

    dossier: str
    payer_code: str
    number: str
    decided_on: str
    item: str
    amount: str
    is_update: bool = False


@dataclass(frozen=True, slots=True)
class Push:
    """One message on its way; repeated with the same bytes."""

    service: str
    number: str
    body: bytes


class NoticeFiles:
    """Rows that are collected until 16:30 of a working day, then issued as files."""

    def __init__(
        self, office: PortalOffice, issue: Callable[[list[Row], bool], None]
    ) -> None:
        """``issue``: is given the rows of each file, and whether they adjust."""
        self._office = office
        self._issue = issue
        self.waiting: list[Row] = []
        self._is_timed = False

    def collect(self, *rows: Row) -> None:
        """Put rows into the next file."""
        self.waiting += rows
        if not self._is_timed:
            self._is_timed = True
            wait = seconds_until(self._office.now(), [FILES_AT])
            self._office.after(wait, self._flush)

    async def _flush(self) -> None:
        rows, self.waiting, self._is_timed = self.waiting, [], False
        # New notices and adjusted ones go in files of their own: IsUpdating speaks of a file.
        rows.sort(key=lambda row: row.is_update)
        for is_update, same in groupby(rows, key=lambda row: row.is_update):
            self._issue(list(same), is_update)


class Pushes:
    """The portal as a road from tax: sends messages until they are answered."""

    def __init__(self, office: PortalOffice) -> None:
        """What waits lives in the clock's timers and here, and ends with the process."""
        self._office = office
        self._portal: Mapping[str, Any] = office.settings["portal"]
        self._files = NoticeFiles(office, self._issue)

    def collect(self, _case: Case, /, *rows: Row) -> None:
        """Put rows into the next file, whoever they are for."""
        self._files.collect(*rows)

    async def ask(self, case: Case, question: Mapping[str, Any], /) -> None:
        """Push a question at once."""
        service = "YeuCauBoSungThongTin"
        await self.send(self._push(service, case.dossier, {"Data": question}))

    def vouch(self, case: Case, voucher: Mapping[str, Any], wait_s: float, /) -> None:
        """Push a voucher after so many seconds."""
        push = self._push("ChungTuThanhToan", case.dossier, voucher)
        self._office.after(wait_s, partial(self.send, push))

    def _issue(self, rows: list[Row], is_update: bool) -> None:  # noqa: FBT001  given by position to whoever issues
        push = self._file(rows, is_update=is_update)
        # One second apart: none waits for another, and their order is known.
        self._office.after(float(is_update), partial(self.send, push))
        scenarios = [self._office.scenario(r.dossier, "tax_portal") for r in rows]
        if any(scenario.get("repeat_file", False) for scenario in scenarios):
            # The next working day the whole file once more, byte for byte.
            wait = seconds_until(self._office.now(), [FILES_AT])
            self._office.after(wait, partial(self.send, push))

    def _file(self, rows: list[Row], *, is_update: bool) -> Push:
        file = base64.b64encode(written(rows)).decode()
        content = {
            "Ngay": day(self._office.now()),
            "IsUpdating": str(is_update),
            "Data": {"FileThongBaoThue": file},
        }
        return self._push("ThongBaoThue", rows[0].dossier, content)

    def _push(self, service: str, number: str, content: Mapping[str, Any]) -> Push:
        """A message of that service, with the secret that the sender gave."""
        key = {"SecurityKey": self._portal["callback_key"], "Service": service}
        body = json.dumps(key | dict(content), ensure_ascii=False).encode()
        return Push(service, number, body)

    async def send(self, push: Push, attempt: int = 1) -> None:
        """One attempt; the next follows by the clock unless there was an error_code."""
        answer = await self._call(push)
        content = parsed(answer.body) if answer and answer.status == 201 else None
        code = str(content.get("error_code", "")) if content else ""
        self._office.arrived(
            "callback_answer",
            push.number,
            operation=push.service,
            attempt=attempt,
            status=answer.status if answer else 0,
            error_code=code,
            **_rows_of(content),
        )
        if code:
            return
        if attempt > REPEATS:
            self._office.arrived(
                "callback_given_up", push.number, operation=push.service
            )
            return
        self._office.after(REPEAT_AFTER_S, partial(self.send, push, attempt + 1))

    async def _call(self, push: Push) -> Answer | None:
        try:
            return await self._office.call(
                "POST",
                f"{self._portal['callback_base']}/{push.service}",
                headers={"Content-Type": JSON},
                body=push.body,
                kind=KINDS[push.service],
                number=push.number,
            )
        except OSError:  # refused, reset or timed out
            return None


def _rows_of(content: Mapping[str, Any] | None) -> dict[str, str]:
    """The results of a file's rows, one after the other; none for other messages."""
    data = content.get("Data") if content else None
    rows = data.get("KetQua") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        return {}
    return {"rows": " ".join(str(row.get("Ma", "")) for row in rows)}


def written(rows: list[Row]) -> bytes:
    """The notice file, one ROW_LIST for neighbouring rows of a dossier."""
    root = etree.Element("DATA")
    body = etree.SubElement(root, "BODY")
    for dossier, same in groupby(rows, key=lambda row: row.dossier):
        block = etree.SubElement(body, "ROW_LIST")
        etree.SubElement(block, "MA_HSO").text = dossier
        for row in same:
            line = etree.SubElement(block, "LIST")
            etree.SubElement(line, "MA_SO_THUE").text = row.payer_code
            etree.SubElement(line, "SO_QUYET_DINH").text = row.number
            etree.SubElement(line, "NGAY_QUYET_DINH").text = row.decided_on
            etree.SubElement(line, "TEN_TIEUMUC").text = row.item
            etree.SubElement(line, "SO_TIEN").text = row.amount
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def seconds_until(now: datetime, times: Iterable[tuple[int, int]]) -> float:
    """Seconds to the next of these hours and minutes of a working day in Vietnam."""
    local = now.astimezone(VIETNAM)
    upcoming: list[datetime] = []
    for hour, minute in times:
        at = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
        while at <= local or at.weekday() > FRIDAY:
            at += timedelta(days=1)
        upcoming.append(at)
    return (min(upcoming) - local).total_seconds()


def answer_by(now: datetime, days: int) -> datetime:
    """Last day to answer a question: so many working days on, holidays not known."""
    while days > 0:
        now += timedelta(days=1)
        days -= now.astimezone(VIETNAM).weekday() <= FRIDAY
    return now
