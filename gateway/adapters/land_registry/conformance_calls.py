"""What both land systems are tried with: one call, what its answer means, whole messages.

A system's own habits (names of operations, numbers of areas, who is let in) are a
``Dialect``; a test is written once, and each system's kit has it with its own numbers.
"""

from __future__ import annotations

import base64
import json
import tomllib
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

from gateway.conforming import MARK, Answer, Incoming, NotTried, Role, Shown, Trial

VIETNAM = timezone(timedelta(hours=7))
#: Operations by what they do; their names are the dialect's.
HAND_OVER, SUPPLEMENT = "hand_over", "supplement"
HANDED, WRONG = "result_handed", "result_wrong"
PAID, OWED, WITHDRAW = "paid", "owed_again", "withdraw"
CONTENT = b"%PDF-1.4 giay to thu cua bo thu"
DAYS = timedelta(days=14)

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one of the two systems is spoken to, and how it speaks."""

    prefix: str
    #: of its requirements
    operations: Mapping[str, str]
    #: what an operation does → its name
    area: Callable[[Trial], Content]
    headers: Callable[[Trial], Awaitable[Mapping[str, str]]]
    #: of a call
    admitted: Callable[[Trial, Answer], Awaitable[bool]]
    #: whether a call came past who guards the way; no: it goes out once more
    secret_in: Callable[[Incoming], str]
    #: what stands in a call of the land system where the secret has to stand
    operation_of: Callable[[Incoming], str]
    #: of a call of the land system
    link: str
    #: field with the link to a notice of tax


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
    def status(self) -> Mapping[str, Any]:
        """The part that tells; empty where there is none."""
        found = self.content.get("status")
        return found if isinstance(found, dict) else {}

    @property
    def message(self) -> str:
        """The phrase, or nothing."""
        return str(self.status.get("message", ""))


@dataclass(frozen=True, slots=True)
class Land:
    """One run of one test against one of the two systems."""

    t: Trial
    d: Dialect

    def holds(self, number: str, fact: object, why: str) -> bool:
        """Write down whether a requirement holds; ``number`` without the prefix."""
        return self.t.holds(f"{self.d.prefix}-{number}", fact, why)

    def answered(self, number: str, said: Said, name: str, what: str) -> bool:
        """Whether a call was answered by a row of §3."""
        why = f"{what}: phải trả lời {name}, nhưng {said.shown}"
        return self.holds(number, said.name == name, why)

    async def post(
        self, kind: str, content: bytes, *, method: str = "POST", blame: str = ""
    ) -> Said:
        """One call of an operation."""
        operation = self.d.operations[kind]

        async def once() -> Answer:
            return await self.t.post(
                f"/{operation}",
                content,
                method=method,
                headers=await self.d.headers(self.t),
                blame=f"{self.d.prefix}-{blame}" if blame else "",
            )

        answer = await once()
        if not await self.d.admitted(self.t, answer):
            answer = await once()
        return read(self.t, operation, answer)

    async def say(self, kind: str, content: Mapping[str, Any]) -> Said:
        """One message."""
        return await self.post(kind, body(content))

    def hand_over(self, number: str, receipt: str = "", **more: Any) -> Content:
        """A dossier with nothing but what it needs (§9.1)."""
        return {
            "LaQuyTrinhCapTinh": False,
            **self.d.area(self.t),
            "SoBienNhan": receipt or number,
            "MaHoSoMotCua": number,
            "NguoiTiepNhan": self.t.code("receiver"),
            "NgayHenTra": self.day(DAYS),
            "ThongTinNguoiNopDon": {"HoTen": "Nguyễn Văn Thử"},
            "ThongTinQuyTrinh": {"MaQuyTrinh": self.t.code("case")},
            "ThongTinThuaDat": [],
            "DanhSachGiayToDinhKem": [],
            **more,
        }

    def day(self, later: timedelta = timedelta(0)) -> str:
        """A day as it is sent (§6)."""
        return f"{self.t.now().astimezone(VIETNAM) + later:%Y-%m-%d}"

    def moment(self) -> str:
        """Now, as it is sent (§6)."""
        return f"{self.t.now().astimezone(VIETNAM):%Y-%m-%dT%H:%M:%S}+07:00"

    async def taken(self) -> str:
        """A new dossier that the land system has; its number.

        Raises:
            NotTried: it was not taken, so that nothing further can be tried with it.
        """
        number = self.t.number()
        await self.must(HAND_OVER, self.hand_over(number))
        return number

    async def must(self, kind: str, message: Content) -> None:
        """A message that has to be taken for a test to go on.

        Raises:
            NotTried: it was not.
        """
        said = await self.say(kind, message)
        if said.name != "accepted":
            operation = self.d.operations[kind]
            raise NotTried(f"{operation} dùng để thử không được nhận ({said.shown})")

    async def given(self, act: str, **more: Any) -> str:
        """A dossier to which something is to happen; handed over by people where need be.

        Raises:
            NotTried: it was not taken.
        """
        number = self.t.number(act)
        await self.given_as(number, act, **more)
        return number

    async def given_as(self, number: str, act: str, **more: Any) -> None:
        """The same, under a number that was drawn for it."""
        if self.t.can_call:
            await self.must(HAND_OVER, self.hand_over(number, **more))
        else:
            await self.t.ask("hand_over", number)
        await self.t.ask(act, number)

    async def once(
        self, kind: str, content: Mapping[str, Any], not_yet: str, what: str
    ) -> Said:
        """A message, again and again until it is no longer answered ``not_yet``.

        Raises:
            NotTried: it was answered so until the preset's time was over.
        """
        heard: list[Said] = []

        async def look() -> bool:
            heard[:] = [await self.say(kind, content)]
            return heard[0].name != not_yet

        await self.t.until(look, what)
        return heard[0]


Body = Callable[[Land], Awaitable[None]]
_WRITTEN: dict[str, list[tuple[Role, tuple[str, ...], Body]]] = {}


def both(role: Role, *numbers: str) -> Callable[[Body], Body]:
    """A test that each dialect's kit has; ``numbers`` without the prefix."""

    def kept(test: Body) -> Body:
        _WRITTEN.setdefault(test.__module__, []).append((role, numbers, test))
        return test

    return kept


def tests_of(module: str, dialect: Dialect, into: str) -> dict[str, Any]:
    """Tests of a shared module as those of the module ``into``, by their names."""
    return {
        test.__name__: _of(dialect, into, role, numbers, test)
        for role, numbers, test in _WRITTEN[module]
    }


def _of(
    dialect: Dialect, into: str, role: Role, numbers: tuple[str, ...], test: Body
) -> Callable[[Trial], Awaitable[None]]:
    async def tried(t: Trial) -> None:
        await test(Land(t, dialect))

    tried.__name__, tried.__doc__, tried.__module__ = test.__name__, test.__doc__, into
    cited = tuple(f"{dialect.prefix}-{number}" for number in numbers)
    tried.__dict__[MARK] = Shown(role, cited)
    return tried


@cache
def _rows(folder: Path) -> tuple[Content, ...]:
    return tuple(tomllib.loads((folder / "codes.toml").read_text("utf-8"))["answer"])


def read(t: Trial, operation: str, answer: Answer) -> Said:
    """The first row of §3 that fits."""
    content = answer.content or {}
    for row in _rows(t.folder):
        if (not row["operations"] or operation in row["operations"]) and _fits(
            row, answer, content
        ):
            return Said(row["name"], content, answer)
    return Said("", content, answer)


def _fits(row: Mapping[str, Any], answer: Answer, content: Mapping[str, Any]) -> bool:
    if answer.status not in row["http"]:
        return False
    if row.get("retry_after") == "with" and "Retry-After" not in answer.headers:
        return False
    if "data" not in row:
        return True
    status, data = content.get("status"), content.get("data")
    if not isinstance(status, dict) or isinstance(data, bool):
        return False
    message = status.get("message")
    told = folded(row.get("phrase", "")) in folded(message)
    return isinstance(message, str) and str(data) == str(row["data"]) and told


def folded(text: object) -> str:
    """As phrases are compared (§3)."""
    return unicodedata.normalize("NFC", str(text)).casefold()


def body(content: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8."""
    return json.dumps(content, ensure_ascii=False).encode()


def without(content: Mapping[str, Any], *names: str) -> Content:
    """The same without some fields."""
    return {name: value for name, value in content.items() if name not in names}


def paper(name: str = "Giấy tờ thử", content: bytes = CONTENT, **more: Any) -> Content:
    """A paper with its file (§9, §7.1)."""
    file = {"name": "giay-to-thu.pdf", "data": base64.b64encode(content).decode()}
    return {
        "TenGiayTo": name,
        "SoBanChinh": 1,
        "SoBanSao": 0,
        "TapTin": file,
        **more,
    }


def supplement(number: str, **more: Any) -> Content:
    """Papers that were brought (§9.2)."""
    return {"SoBienNhan": number, "DanhSachGiayToBoSung": [], **more}


def complaint(number: str, **more: Any) -> Content:
    """The result is wrong (§9.4)."""
    words = "Kết quả ghi sai tên (thử)"
    papers: list[Content] = []
    return {
        "SoBienNhan": number,
        "NoiDung": words,
        "DanhSachGiayToDinhKem": papers,
        **more,
    }


def unmarked(text: object) -> datetime | None:
    """A time as the land system writes it (§6), aware; None: it is none."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)  # noqa: UP017
