"""What keeps coming at each node while machines die, and what became of all of it."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.chaos.books import Following
from tests.nodes import rests
from tests.traffic import DONE, LAND, NUMBER, Traffic
from tests.world import a_dossier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from tests.nodes import NodeProcess
    from tests.world import World

#: Between two dossiers at one node; real seconds.
PACE_S = 0.25
#: Numbers of dossiers that each node has to itself.
SHARE = 4000
#: Step that the land office tells of.
REPORTED = "11"
#: Code of an answer after which nobody knows, and of none at all.
UNKNOWN, SILENT = "store_fate_unknown", "no answer"


class Sender(Traffic):
    """One-stop and offices that go to one node, and repeat what was not answered."""

    def __init__(self, world: World, node: NodeProcess, place: int) -> None:
        super().__init__(world, node, pace_s=PACE_S)
        self._place = place
        self._sent = place * SHARE
        self.taken_at: list[float] = []
        #: by the monotonic clock, of dossiers
        self._book = Following(world.stage.run_dir / "books" / f"{LAND}.effects.jsonl")
        self._to_report: list[str] = []

    async def _dossier(self, number: str) -> None:
        await super()._dossier(number)
        self.taken_at.append(time.monotonic())

    async def _upload(self) -> None:
        """Files of its own: no two are the same."""
        while not self._stopped:
            turn = f"{self._place} {len(self.uploads)} ".encode()
            content = b"%PDF-1.4 VI DU " + turn * 100
            url = self.node.url + "/v1/attachments"
            await self._until_taken("upload", {201}, url, data=content)
            self.uploads.append(content)
            await rests(2 * self._pace_s)

    async def _report(self) -> None:
        """Of its own dossiers, each once."""
        while not self._stopped:
            own = set(self.numbers)
            self._to_report += [line["number"] for line in self._book.news()]
            there = next((one for one in self._to_report if one in own), None)
            if there is not None:
                self._to_report.remove(there)
                await self.report(there)
            await rests(self._pace_s)

    async def _until_taken(
        self, what: str, taken: set[int], url: str, **content: Any
    ) -> None:
        """Whoever hears nothing asks the same again."""
        while True:
            try:
                await super()._until_taken(what, taken, url, **content)
            except (aiohttp.ClientError, TimeoutError):
                self.codes[SILENT] += 1
                await rests(0.2)
            else:
                return

    def longest_gap(self, since: float, until: float) -> float:
        """Seconds of that time in which no dossier was taken, at most."""
        marks = [since, *(at for at in self.taken_at if since < at < until), until]
        return max(b - a for a, b in itertools.pairwise(marks))


@dataclass(frozen=True, slots=True)
class Came:
    """What became of what was answered with a yes."""

    accepted: int
    lost: tuple[str, ...]
    duplicated: tuple[str, ...]
    unsettled: tuple[str, ...]
    #: accepted and there, with a message that has not come to its end


@dataclass(frozen=True, slots=True)
class Said:
    """What senders heard a yes to."""

    numbers: Sequence[str]
    #: of dossiers
    reported: Sequence[str]
    #: dossiers of which an office told a step
    files: int


@dataclass(frozen=True, slots=True)
class Found:
    """What the store shows, and an office's book."""

    missing: Sequence[str]
    #: dossiers that are not there
    unsettled: Sequence[str]
    steps: Mapping[str, str | None]
    gone: Sequence[str]
    #: files
    effects: Sequence[str]
    #: numbers of dossiers, as often as the office took them in


def judged(said: Said, found: Found) -> Came:
    """What of it is lost, doubled, not at its end; each is named once."""
    effects = Counter(found.effects)
    lost = [*found.missing, *(one for one in said.numbers if not effects[one])]
    lost += [
        f"report {one}" for one in said.reported if found.steps.get(one) != REPORTED
    ]
    return Came(
        accepted=len(said.numbers) + len(said.reported) + said.files,
        lost=tuple(dict.fromkeys([*lost, *found.gone])),
        duplicated=tuple(one for one, often in effects.items() if often > 1),
        unsettled=tuple(found.unsettled),
    )


class Verdict:
    """Compares what senders were told with the store and with the offices' books."""

    def __init__(self, world: World, senders: Sequence[Sender]) -> None:
        """The senders have ended."""
        self._world = world
        self._senders = senders
        self._turn = itertools.count(2 * SHARE)

    async def told(self, settle_s: float) -> Came:
        """Wait, but not for ever, until everything has come to its end; then compare."""
        numbers = [one for sender in self._senders for one in sender.numbers]
        missing, unsettled, steps = await self._shown(numbers, settle_s)
        book = [one for one in self._world.book(LAND) if one["kind"] == "hand_over"]
        gone = [file for one in self._senders for file in await self._files(one)]
        return judged(
            Said(
                numbers,
                [one for sender in self._senders for one in sender.reported],
                sum(len(sender.uploads) for sender in self._senders),
            ),
            Found(missing, unsettled, steps, gone, [one["number"] for one in book]),
        )

    async def _shown(
        self, numbers: Sequence[str], settle_s: float
    ) -> tuple[list[str], list[str], dict[str, str | None]]:
        """Dossiers that are not there, that are not settled, and each one's step."""
        missing: list[str] = []
        steps: dict[str, str | None] = {}
        left, ends = list(numbers), time.monotonic() + settle_s
        asked = self._senders[0]
        while left:
            shown = await asked.shown(left[-1])
            if "transfers" not in shown:
                missing.append(left.pop())
                continue
            states = {one["state"] for one in shown["transfers"]}
            if states <= DONE:
                steps[left[-1]] = shown["legs"][0]["step"]
                left.pop()
            elif time.monotonic() > ends:
                break
            else:
                left.insert(0, left.pop())
                await rests(0.05)
        return missing, left, steps

    async def _files(self, sender: Sender) -> list[str]:
        """Files that were taken and that no dossier can name any more."""
        lost = []
        for start in range(0, len(sender.uploads), 50):
            part = sender.uploads[start : start + 50]
            if await self._are_there(sender, part):
                continue
            for place, one in enumerate(part):
                if not await self._are_there(sender, [one]):
                    lost.append(f"file {start + place}")
        return lost

    async def _are_there(self, sender: Sender, contents: Sequence[bytes]) -> bool:
        """Whether a dossier that names them is taken."""
        files = [
            {"name": f"vi-du-{n}.pdf", "sha256": hashlib.sha256(one).hexdigest()}
            for n, one in enumerate(contents)
        ]
        number = NUMBER.format(next(self._turn))
        body = a_dossier(number, documents=[{"name": "Đơn", "files": files}])
        taken = await sender.call("POST", "/v1/dossiers", json=body)
        return taken.get("repeated") is False


@contextlib.asynccontextmanager
async def flowing(senders: Sequence[Sender]) -> AsyncIterator[None]:
    """All of them, until the end of the block and until all was taken."""
    async with contextlib.AsyncExitStack() as held:
        for one in senders:
            await held.enter_async_context(one.flowing())
        yield


async def until(true: Callable[[], bool], seconds: float, words: str) -> None:
    """Wait for a fact.

    Raises:
        TimeoutError: it did not come.
    """
    ends = time.monotonic() + seconds
    while not true():
        if time.monotonic() > ends:
            raise TimeoutError(words)
        await rests(0.05)


async def all_go_on(senders: Sequence[Sender], seconds: float, more: int = 8) -> None:
    """Wait until each node has taken so many dossiers more."""
    marks = [len(one.numbers) + more for one in senders]

    def did() -> bool:
        return all(len(s.numbers) >= n for s, n in zip(senders, marks, strict=True))

    await until(did, seconds, "a node takes nothing")
