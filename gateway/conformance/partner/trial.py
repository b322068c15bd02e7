"""What one run of one test is lent, and what it writes down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from gateway.conformance.partner.files import Working
from gateway.conformance.partner.systems import SERVER
from gateway.conformance.partner.verdicts import Exchange, Finding, Ran
from gateway.conformance.partner.wire import NoAnswer
from gateway.conformance.partner.xml_looking import xml_errors
from gateway.conforming import (
    Answer,
    Answering,
    Files,
    Incoming,
    NoCall,
    NotTried,
    Reply,
    Trial,
)
from gateway.domain.legal_day import VIETNAM

if TYPE_CHECKING:
    from gateway.conformance.partner.acts import Acting
    from gateway.conformance.partner.desk import Desk
    from gateway.conformance.partner.folder import Folder
    from gateway.conformance.partner.masking import Mask
    from gateway.conformance.partner.passing import Passing
    from gateway.conformance.partner.preset import Preset
    from gateway.conformance.partner.share import Share
    from gateway.conformance.partner.wire import Wire

#: Wrong places of one message that are told.
MOST_WRONG = 5
#: Of a dossier to which nothing in particular is to happen.
NO_ENDING = "00"
#: Told while a test waits: for what, and how many seconds are left.
Waiting = Callable[[str, float], None]


class Numbers:
    """Dossier numbers and message ids of one run; none is given twice."""

    def __init__(self, preset: Preset, begun: datetime) -> None:
        """``begun``: aware; numbers begin with it unless the preset has a range."""
        self._preset = preset
        self._mark = f"{begun.astimezone(VIETNAM):%y%m%d-%H%M%S}"
        self._count = count(preset.first if preset.last else 1)
        self._ids = count(1)

    def number(self, act: str = "") -> str:
        """The next dossier; ``act``: what is to happen to it.

        Raises:
            NotTried: the preset's range is used up.
        """
        place, ending = next(self._count), self._ending(act)
        if not self._preset.last:
            return f"{self._preset.prefix}{self._mark}{place:03d}{ending}"
        if place > self._preset.last:
            raise NotTried("dải mã hồ sơ của preset đã dùng hết (dossiers.last)")
        return f"{self._preset.prefix}{place}{ending}"

    def _ending(self, act: str) -> str:
        """None means anything where a counterpart goes by how numbers end."""
        endings = self._preset.endings
        return endings.get(act, NO_ENDING) if endings else ""

    def identifier(self) -> str:
        """The next message."""
        return f"thu-{self._mark}-{next(self._ids)}"


@dataclass(frozen=True, slots=True)
class Lent:
    """What all tests of one run share."""

    folder: Folder
    preset: Preset
    passing: Passing
    acting: Acting
    wires: Mapping[str, Wire]
    #: to each system whose address is known
    desk: Desk
    mask: Mask
    numbers: Numbers
    waiting: Waiting
    given: set[str]
    #: dossiers that the counterpart was told of
    memory: dict[str, Any]
    share: Share | None = None
    #: the folder, where the counterpart has one in place of an address


class Running(Trial):
    """One run of one test."""

    def __init__(self, lent: Lent, ran: Ran) -> None:
        """``ran`` is filled while the test goes on."""
        self.folder = lent.folder.schemas
        self.memory = lent.memory
        self.ran = ran
        self.answered = 0
        #: calls of this test that got an answer
        self._lent = lent
        self._from = len(lent.desk.calls)
        self._seen: set[int] = set()
        self._shared: Working | None = None

    def begin(self) -> None:
        """From now on calls that come are this test's."""
        self._lent.desk.forget()
        self._lent.desk.told = self._came

    def now(self) -> datetime:
        """Aware."""
        return self._lent.passing.now()

    def code(self, name: str) -> str:
        """By its name in the preset."""
        found = self._lent.preset.codes.get(name)
        if found is None:
            raise NotTried(f"preset thiếu codes.{name}")
        return found

    def key(self, name: str) -> str:
        """By its name in the preset."""
        found = self._lent.preset.keys.get(name)
        if found is None:
            raise NotTried(f"preset thiếu keys.{name}")
        return found

    def file(self, name: str) -> bytes:
        """By its name in the preset."""
        found = self._lent.preset.files.get(name)
        if found is None:
            raise NotTried(f"preset thiếu files.{name}")
        return found.read_bytes()

    def seconds(self, name: str) -> float:
        """By its name in the preset."""
        return self._lent.preset.times[name]

    def number(self, act: str = "") -> str:
        """One that nobody has used."""
        found = self._lent.numbers.number(act)
        self._lent.given.add(found)
        self.ran.dossiers.append(found)
        if act:
            self._lent.acting.prepare(act, found)
        return found

    def identifier(self) -> str:
        """One that nobody has used."""
        return self._lent.numbers.identifier()

    def wrong(self, schema: str, content: Any) -> Sequence[str]:
        """Places and what is wrong there."""
        folder = self._lent.folder
        errors = folder.catalogue.errors(folder.ids[schema], content)
        return [f"{one.pointer or '/'} ({one.code})" for one in errors[:MOST_WRONG]]

    def wrong_xml(self, schema: str, document: bytes) -> Sequence[str]:
        """Places and what is wrong there."""
        return xml_errors(self.folder / schema, document)[:MOST_WRONG]

    def holds(self, number: str, fact: object, why: str) -> bool:
        """Write it down; a number that the test does not cite is the test's fault."""
        if number not in self.ran.numbers:
            raise LookupError(f"{self.ran.test} does not cite {number}")
        self.ran.findings.append(Finding(number, bool(fact), self._lent.mask.text(why)))
        return bool(fact)

    @property
    def shared(self) -> Files:
        """The shared folder, as long as this test runs."""
        if self._lent.share is None:
            raise NotTried("preset thiếu addresses.server: thư mục dùng chung")
        if self._shared is None:
            self._shared = Working(self._lent.share, self._lent, self.ran, self._heard)
        return self._shared

    def _heard(self) -> None:
        self.answered += 1

    @property
    def can_call(self) -> bool:
        """Whether the counterpart's address is known."""
        return SERVER in self._lent.wires

    async def post(
        self,
        path: str,
        body: bytes,
        *,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        blame: str = "",
        to: str = SERVER,
    ) -> Answer:
        """Call once, and keep what was said."""
        wire = self._lent.wires.get(to)
        if wire is None:
            raise NotTried(
                f"preset thiếu addresses.{to}: bộ thử không gọi được bên kia"
            )
        begun, usual = self.now(), {"Content-Type": "application/json; charset=utf-8"}
        answers = self._lent.folder.systems[to].answers
        try:
            answer = await wire.call(
                method, path, body, usual if headers is None else headers
            )
        except NoAnswer as silent:
            self._keep(begun, f"{method} {path}", body, str(silent))
            wrong = Finding(blame or answers, holds=False, why=str(silent))
            self.ran.findings.append(wrong)
            raise NotTried(str(silent)) from silent
        self.answered += 1
        self.ran.findings.append(Finding(answers, holds=True, why=""))
        told = f"HTTP {answer.status}\n{self._lent.mask.body(answer.body)}"
        self._keep(begun, f"{method} {path}", body, told)
        return answer

    def _keep(self, at: datetime, what: str, body: bytes, got: str) -> None:
        mask = self._lent.mask
        self.ran.exchanges.append(
            Exchange(at, True, mask.text(what), mask.body(body), mask.text(got))  # noqa: FBT003
        )

    def _came(self, call: Incoming, answer: Answering) -> None:
        mask = self._lent.mask
        got = "(kết nối bị cắt, không trả lời)"
        if isinstance(answer, Reply):
            got = f"HTTP {answer.status}\n{mask.body(answer.body)}"
        what = mask.text(f"{call.method} {call.path}")
        self.ran.exchanges.append(
            Exchange(call.at, False, what, mask.body(call.body), got)  # noqa: FBT003
        )

    async def ask(self, act: str, number: str) -> None:
        """By the hands of the counterpart's side."""
        await self._lent.acting.ask(act, number)

    def answering(self, number: str, *answers: Answering) -> None:
        """One after the other, then as usual."""
        self._lent.desk.answer(number, answers)

    async def incoming(
        self, fits: Callable[[Incoming], bool], what: str, *, limit: str = "call_s"
    ) -> Incoming:
        """The first that fits and was not returned yet."""
        found = await self._reached(fits, what, limit)
        if found is None:
            left = timedelta(seconds=self.seconds(limit))
            raise NoCall(f"không có lời gọi nào: {what} (đã chờ {_told(left)})")
        self._seen.add(found)
        return self._lent.desk.calls[found]

    async def quiet(
        self, fits: Callable[[Incoming], bool], what: str, *, limit: str
    ) -> bool:
        """Wait to the end and see whether one came."""
        return await self._reached(fits, what, limit) is None

    async def _reached(
        self, fits: Callable[[Incoming], bool], what: str, limit: str
    ) -> int | None:
        desk, found = self._lent.desk, list[int]()

        def look() -> bool:
            found[:] = [
                place
                for place in range(self._from, len(desk.calls))
                if place not in self._seen and fits(desk.calls[place])
            ]
            return bool(found)

        def tick(left: float) -> None:
            self._lent.waiting(what, left)

        await self._lent.passing.reached(look, self.seconds(limit), tick)
        return found[0] if found else None

    async def until(
        self, look: Callable[[], Awaitable[bool]], what: str, *, limit: str = "call_s"
    ) -> None:
        """Look, wait, look again."""
        passing, wait_s = self._lent.passing, self.seconds("poll_s")
        ends = self.now() + timedelta(seconds=self.seconds(limit))
        while not await look():
            left = (ends - self.now()).total_seconds()
            if left <= 0:
                raise NotTried(
                    f"không thấy: {what} (đã chờ {_told(limit_of(self, limit))})"
                )
            if passing.is_real:
                self._lent.waiting(what, left)
            await passing.step(min(wait_s, left))


def limit_of(trial: Trial, name: str) -> timedelta:
    """One of the preset's times."""
    return timedelta(seconds=trial.seconds(name))


def _told(span: timedelta) -> str:
    seconds = span.total_seconds()
    if seconds < 120:
        return f"{seconds:g} giây"
    if seconds < 2 * 86400:
        return f"{seconds / 60:.0f} phút"
    return f"{seconds / 86400:.0f} ngày"
