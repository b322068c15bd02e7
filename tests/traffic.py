"""Dossiers, files and reports that keep coming, each again until it is taken."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.nodes import rests
from tests.world import a_dossier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.nodes import NodeProcess
    from tests.world import World

LAND = "land_registry"
NUMBER = "H00.20.01-260310-{:04d}"
#: Real seconds after which a sender gives an answer up; it sends again.
PATIENCE_S = 40.0
#: Real seconds without a dossier taken after which the office tells of its last one too:
#: a fault that lets nothing be handed over any more has to find a report to refuse.
RESERVE_S = 3.0
DONE = {"delivered", "answered"}


class Traffic:
    """What one-stop systems and offices send to a gateway, and what it answered.

    Whatever is answered otherwise than by *taken* or *later* fails the test.
    """

    def __init__(self, world: World, node: NodeProcess, *, pace_s: float = 0.1) -> None:
        self.world = world
        self.node = node
        self.answers: Counter[tuple[str, int]] = Counter()
        self.codes: Counter[str] = Counter()
        self.numbers: list[str] = []
        self.uploads: list[bytes] = []
        self.reported: list[str] = []
        self.wrong: list[str] = []
        self._pace_s = pace_s
        self._sent = 0
        self._taken_at = 0.0
        self._stopped = False
        self._under_way: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    @contextlib.asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """Keep sending until the end of the block; then until all was taken."""
        token = self.world.stage.secrets.value("token.one_stop")
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=PATIENCE_S),
            connector=aiohttp.TCPConnector(limit=0, force_close=True),
        ) as self._session:
            loops = [
                asyncio.create_task(one())
                for one in (self._submit, self._upload, self._report)
            ]
            try:
                yield
            except BaseException:
                for one in (*loops, *self._under_way):
                    one.cancel()
                raise
            self._stopped = True
            await asyncio.gather(*loops)
            await asyncio.gather(*self._under_way)

    # --------------------------------------------------------------- what is sent

    async def _submit(self) -> None:
        while not self._stopped:
            self._sent += 1
            number = NUMBER.format(self._sent)
            task = asyncio.create_task(self._dossier(number))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            await rests(self._pace_s)

    async def _dossier(self, number: str) -> None:
        body = a_dossier(number)
        await self._until_taken(
            "dossier", {200, 202}, self.node.url + "/v1/dossiers", json=body
        )
        self.numbers.append(number)
        self._taken_at = asyncio.get_running_loop().time()

    async def _upload(self) -> None:
        turn = 0
        while not self._stopped:
            turn += 1
            content = b"%PDF-1.4 VI DU " + str(turn).encode() * 100
            url = self.node.url + "/v1/attachments"
            await self._until_taken("upload", {201}, url, data=content)
            self.uploads.append(content)
            await rests(2 * self._pace_s)

    async def _report(self) -> None:
        while not self._stopped:
            known = set(self.reported)
            there = [one for one in self.handed_over() if one not in known]
            quiet_s = asyncio.get_running_loop().time() - self._taken_at
            if len(there) > 1 or (there and quiet_s > RESERVE_S):
                await self.report(there[0])
            await rests(self._pace_s)

    async def report(self, number: str) -> None:
        """The land office tells of a step, until that is taken."""
        secret = self.world.stage.secrets.value("land-mau-1.callback")
        url = f"{self.node.agencies}/callbacks/land-mau-1/ChuyenHoSo/{secret}"
        body = {
            "SoBienNhan": number,
            "MaCanBoChuyen": "CB0001",
            "MaCanBoNhan": "CB0002",
            "MaTrangThai": 11,
            "LaTrangThaiChuyenLai": False,
            "NoiDungXuLy": "Chuyển thẩm định",
            "NgayChuyen": datetime.now(UTC).isoformat()[:19],
            "HanXuLy": 2.0,
            "DanhSachTapTin": [],
        }
        await self._until_taken("report", {200}, url, json=body)
        self.reported.append(number)

    async def _until_taken(
        self, what: str, taken: set[int], url: str, **content: Any
    ) -> None:
        assert self._session is not None
        while True:
            async with self._session.post(url, **content) as answer:
                body = await answer.json(content_type=None)
            self.answers[what, answer.status] += 1
            if answer.status in taken:
                return
            self._look_at(what, answer, body)
            await rests(0.2)

    def _look_at(self, what: str, answer: aiohttp.ClientResponse, body: Any) -> None:
        """An answer that is no yes has to say *later*, in words."""
        self.codes[body.get("code", "")] += 1
        told = f"{what} {answer.status} {body}"
        if answer.status != 503 or not answer.headers.get("Retry-After", "").isdigit():
            self.wrong.append(told)
        elif what == "report":
            if body.get("Result") != 0 or not body.get("Message"):
                self.wrong.append(told)
        elif answer.content_type != "application/problem+json" or not body["remedy"]:
            self.wrong.append(told)
        assert not self.wrong, self.wrong[:3]

    # ------------------------------------------------------------ what is waited for

    def taken(self) -> int:
        """How much was taken of all sorts."""
        return len(self.numbers) + len(self.uploads) + len(self.reported)

    def refused(self, what: str) -> int:
        """How often one was told to come later."""
        return self.answers[what, 503]

    async def until(self, true: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait for a fact; who waits in vain says what was answered meanwhile."""
        try:
            async with asyncio.timeout(seconds):
                while not true():
                    assert not self.wrong, self.wrong[:3]
                    await rests(0.05)
        except TimeoutError:
            there = self.handed_over().keys() - set(self.reported)
            said = f"answered {dict(self.answers)}, {len(there)} not reported"
            raise AssertionError(f"not within {seconds} s: {said}") from None

    async def more(self, count: int = 15, seconds: float = 30.0) -> None:
        """Wait until so much more of each sort was taken."""
        marks = [
            (one, len(one) + count // part)
            for one, part in ((self.numbers, 1), (self.uploads, 3), (self.reported, 3))
        ]
        await self.until(lambda: all(len(one) >= n for one, n in marks), seconds)

    async def health(self) -> tuple[int, dict[str, Any]]:
        """What ``/health`` says, and that it says so soon."""
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
            session.get(self.node.url + "/health") as answer,
        ):
            return answer.status, await answer.json()

    async def ready(self, *, is_ready: bool, seconds: float = 10.0) -> dict[str, Any]:
        """Wait until ``/health`` says so."""
        async with asyncio.timeout(seconds):
            while True:
                status, body = await self.health()
                assert (status == 200) == body["ready"]
                if body["ready"] == is_ready:
                    return body
                await rests(0.1)

    # ----------------------------------------------------------------- what came of it

    def handed_over(self) -> Counter[str]:
        """Dossiers that the land office has taken in, and how often each."""
        return Counter(
            line["number"]
            for line in self.world.book(LAND)
            if line["kind"] == "hand_over"
        )

    async def settled(self, seconds: float = 40.0) -> None:
        """Wait until every message of every dossier has come to its end."""
        left = list(self.numbers)
        async with asyncio.timeout(seconds):
            while left:
                shown = await self.shown(left[-1])
                states = {one["state"] for one in shown["transfers"]}
                assert not states & {"parked", "refused"}, shown["transfers"]
                if states <= DONE:
                    left.pop()
                else:
                    await rests(0.05)

    async def shown(self, number: str) -> Any:
        """A dossier as an operator sees it."""
        token = self.world.stage.secrets.value("token.operator")
        return await self.node.get(f"/v1/dossiers/{number}", token)

    async def stands(self, number: str) -> Any:
        """Where a dossier stands, without its people: nobody has to note who asked."""
        token = self.world.stage.secrets.value("token.operator")
        return await self.node.get(f"/v1/dossiers/{number}/summary", token)

    async def nothing_is_lost(self) -> None:
        """What was taken is there, once; every effect at an office happened once."""
        assert len(set(self.numbers)) == len(self.numbers) > 0
        effects = self.handed_over()
        assert set(effects) == set(self.numbers)
        assert set(effects.values()) == {1}
        for number in self.reported:
            (leg, *_) = (await self.shown(number))["legs"]
            assert leg["step"] == "11", number
        await self._uploads_are_there()

    async def asked(self) -> int:
        """How often an office was asked what had become of a message."""
        shown = [await self.shown(number) for number in self.numbers]
        return sum(one["enquiries"] for each in shown for one in each["transfers"])

    async def call(self, method: str, path: str, **content: Any) -> Any:
        """One call of the one-stop, once."""
        token = self.world.stage.secrets.value("token.one_stop")
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, self.node.url + path, **content) as answer,
        ):
            return await answer.json(content_type=None)

    async def _uploads_are_there(self) -> None:
        """A dossier that names them all is taken."""
        files = [
            {"name": f"vi-du-{n}.pdf", "sha256": hashlib.sha256(one).hexdigest()}
            for n, one in enumerate(self.uploads)
        ]
        body = a_dossier(
            NUMBER.format(9999), documents=[{"name": "Đơn", "files": files}]
        )
        taken = await self.call("POST", "/v1/dossiers", json=body)
        assert taken.get("repeated") is False, taken
