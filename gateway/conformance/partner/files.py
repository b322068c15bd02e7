"""A shared folder as one test works in it: every file that goes or comes is kept in its record."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from gateway.conformance.partner.masking_files import content_told
from gateway.conformance.partner.systems import SERVER
from gateway.conformance.partner.verdicts import Exchange, Finding
from gateway.conformance.partner.wire import NoAnswer
from gateway.conforming import Door, Files, Lying, NotTried

if TYPE_CHECKING:
    from gateway.conformance.partner.share import Share
    from gateway.conformance.partner.trial import Lent
    from gateway.conformance.partner.verdicts import Ran

_T = TypeVar("_T")


class Working(Files):
    """The folder in one test."""

    def __init__(
        self, share: Share, lent: Lent, ran: Ran, answered: Callable[[], None]
    ) -> None:
        """``answered``: told of each file of the counterpart's."""
        self._share = share
        self._lent = lent
        self._ran = ran
        self._answered = answered
        self._read: set[tuple[str, str, int]] = set()

    async def put(
        self,
        part: str,
        name: str,
        content: bytes,
        inside: Mapping[str, bytes] | None = None,
    ) -> Lying:
        """Written beside, renamed; the record says what it was."""
        await self._step(self._share.put(part, name, content))
        self._keep(f"đặt {part}/{name}", content, inside or {}, outgoing=True)
        return Lying(part, name, len(content))

    async def lying(self, *parts: str) -> Sequence[Lying]:
        """By part and name."""
        found = await self._step(self._share.lying(parts))
        if any(self._share.is_foreign(one) for one in found):
            self._answered()
        return found

    async def read(
        self,
        one: Lying,
        opened: Callable[[bytes], Mapping[str, bytes]] | None = None,
    ) -> bytes | None:
        """Kept in the record once, as long as it is the same."""
        content = await self._step(self._share.read(one))
        seen = (one.part, one.name, one.size)
        if content is not None and seen not in self._read:
            self._read.add(seen)
            what = f"lấy {one.part}/{self._named(one.name)}"
            inside = opened(content) if opened else {}
            self._keep(what, content, inside, outgoing=False)
        return content

    async def move(self, one: Lying, to: str) -> None:
        """As whoever takes it does."""
        await self._step(self._share.move(one, to))

    async def remove(self, one: Lying) -> None:
        """For good."""
        await self._step(self._share.remove(one))

    async def appears(
        self,
        fits: Callable[[Lying], bool],
        what: str,
        *parts: str,
        limit: str = "call_s",
        blame: str = "",
    ) -> Lying:
        """Look, wait, look again; waiting in vain breaks a requirement."""
        times, number = (
            self._lent.preset.times,
            blame or self._lent.folder.systems[SERVER].answers,
        )
        passing = self._lent.passing
        ends = passing.now() + timedelta(seconds=times[limit])
        while True:
            found = next((o for o in await self.lying(*parts) if fits(o)), None)
            if found is not None:
                self._ran.findings.append(Finding(number, holds=True, why=""))
                self._saw(found)
                return found
            left = (ends - passing.now()).total_seconds()
            if left <= 0:
                break
            if passing.is_real:
                self._lent.waiting(what, left)
            await passing.step(min(times["poll_s"], left))
        why = f"không thấy {what} sau {times[limit] / 60:.0f} phút"
        self._ran.findings.append(Finding(number, holds=False, why=why))
        raise NotTried(why)

    def _saw(self, one: Lying) -> None:
        what = f"thấy {one.part}/{self._named(one.name)}"
        self._record(what, f"{one.size} byte", outgoing=False)

    async def door(self) -> Door:
        """Tried on a connection of its own."""
        return await self._share.door()

    async def _step(self, work: Awaitable[_T]) -> _T:
        try:
            return await work
        except NoAnswer as silent:
            answers = self._lent.folder.systems[SERVER].answers
            self._ran.findings.append(Finding(answers, holds=False, why=str(silent)))
            raise NotTried(str(silent)) from silent

    def _named(self, name: str) -> str:
        """A name that somebody chose may be somebody's."""
        harmless = re.fullmatch(self._lent.folder.names, name)
        return name if harmless else f"‹tên tệp, {len(name)} ký tự›"

    def _keep(
        self, what: str, content: bytes, inside: Mapping[str, bytes], *, outgoing: bool
    ) -> None:
        lent = self._lent
        told = content_told(lent.mask, lent.folder.columns, content)
        for name, part in inside.items():
            within = content_told(lent.mask, lent.folder.columns, part)
            told += f"\n{self._named(name)}: {within}"
        self._record(what, told, outgoing=outgoing)

    def _record(self, what: str, told: str, *, outgoing: bool) -> None:
        lent = self._lent
        self._ran.exchanges.append(
            Exchange(
                lent.passing.now(),
                outgoing,
                lent.mask.text(what),
                told,
                "",
                by_file=True,
            )
        )
