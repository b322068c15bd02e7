"""What a company's folder remembers for us: lots laid, names known, what was waited for."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import orjson

from gateway.adapters.water.cells import same_name
from gateway.carriers.folder import UNFINISHED, Folder, Found, NameTaken

REQUESTS: Final = "yeu-cau"
ANSWERS: Final = "tra-loi"
PARTS: Final = tuple(
    f"{part}{below}"
    for part in (REQUESTS, ANSWERS)
    for below in ("", "/da-nhan", "/loi")
)
#: How long things are kept (document, section 8).
_FILES_KEPT: Final = timedelta(days=10)
_WRONG_KEPT: Final = timedelta(days=30)
_MANIFESTS_KEPT: Final = timedelta(days=90)
_DRAFTS_KEPT: Final = timedelta(days=1)
_CLAIM: Final = ".lap"
_MOST: Final = 1024 * 1024
#: In front of a dossier's number, where those of requests stand too.
_DOSSIER: Final = "MA_HO_SO "
#: Beginnings of names of notes.
_LAID, _ANSWERED, _CAME, _WAITED, _BROUGHT = "di-", "tl-", "ve-", "cho-", "nop-"
_ENDED = "xong-"


class Place(StrEnum):
    """Where the manifest of a lot of requests lies."""

    LYING = "lying"
    TAKEN = "taken"
    WRONG = "wrong"


def taken(part: str) -> str:
    """Where the other side of a part puts what it has taken."""
    return f"{part}/da-nhan"


def wrong(part: str) -> str:
    """Where it puts what it could not take, and its reports of errors."""
    return f"{part}/loi"


def about(number: str) -> str:
    """A dossier beside requests, among what an answer has named."""
    return f"{_DOSSIER}{number}"


def _key(begin: str, name: str) -> str:
    """Name of a note; names and numbers of people do not lie about in it."""
    return f"{begin}{hashlib.sha256(same_name(name).encode()).hexdigest()[:40]}"


async def at_once(content: bytes) -> AsyncIterator[bytes]:
    """Some bytes as a stream of one piece."""
    yield content


@dataclass(frozen=True, slots=True)
class Waited:
    """For how long something has been as it is; ``told``: people were told of it."""

    since: datetime
    told: bool


class FolderDesk:
    """The memory of one company's folder; every note is small and not personal."""

    def __init__(self, folder: Folder) -> None:
        """Nothing is read yet."""
        self.folder = folder

    async def _noted(self, begin: str, name: str) -> dict[str, Any] | None:
        note = await self.folder.noted(_key(begin, name))
        return dict(orjson.loads(note)) if note else None

    async def _note(self, begin: str, name: str, told: object) -> None:
        await self.folder.note(_key(begin, name), orjson.dumps(told))

    # ------------------------------------------------------------ requests

    async def next_number(self) -> int:
        """A number of a lot that nobody has used, and nobody else will."""
        while True:
            last = 0
            for below in (REQUESTS, taken(REQUESTS), wrong(REQUESTS)):
                found = await self.folder.lying(below)
                last = max(last, *(_number(one.name) for one in found), 0)
            claims = await self.folder.unlooked(REQUESTS, _CLAIM)
            last = max(last, *(_number(one.name[1:]) for one in claims), 0)
            number = last + 1
            if await self.folder.claim(REQUESTS, f".YC-{number:06}{_CLAIM}"):
                # The newest claim alone keeps the number from being used again.
                for one in claims:
                    await self.folder.remove(REQUESTS, one.name)
                return number

    async def will_lay(self, requests: Sequence[str], lot: str) -> None:
        """Note before its manifest is put down in which lot requests stand."""
        for request in requests:
            told = await self._noted(_LAID, request) or {"lots": []}
            await self._note(_LAID, request, {"lots": [*told["lots"], lot]})

    async def lots_of(self, request: str) -> list[str]:
        """Lots in which a request was put down, or was to be; the newest first."""
        told = await self._noted(_LAID, request)
        return [str(lot) for lot in reversed(told["lots"])] if told else []

    async def place_of(self, lot: str) -> Place | None:
        """Where the manifest of a lot of requests lies; None: nowhere."""
        # In the order in which a company moves it, so that none is missed.
        for part, place in (
            (REQUESTS, Place.LYING),
            (taken(REQUESTS), Place.TAKEN),
            (wrong(REQUESTS), Place.WRONG),
        ):
            for one in await self.folder.lying(part):
                if one.name == f"{lot}.json" or one.name.startswith(f"{lot}.json."):
                    return place
        return None

    async def was_answered(self, request: str) -> bool:
        """Whether a row of an answer has named a request, or a dossier (``about``)."""
        return await self._noted(_ANSWERED, request) is not None

    async def answered(self, request: str) -> None:
        """Note that a row of an answer named a request, or a dossier."""
        await self._note(_ANSWERED, request, {})

    # ------------------------------------------------------------ answers

    async def ends(self, number: str, at: datetime) -> None:
        """Note when the company ended its part of a dossier."""
        await self._note(_ENDED, number, {"at": at.isoformat()})

    async def ended(self, number: str) -> datetime | None:
        """When it did, as far as its own word was taken."""
        told = await self._noted(_ENDED, number)
        return datetime.fromisoformat(told["at"]) if told else None

    async def came(self, name: str) -> str:
        """SHA-256 of what was taken under a name; empty: nothing yet."""
        told = await self._noted(_CAME, name)
        return str(told["sha256"]) if told else ""

    async def take(self, name: str, sha256: str) -> None:
        """Remember what was taken under a name; what came first stands."""
        if not await self.came(name):
            await self._note(_CAME, name, {"sha256": sha256})

    async def waited(self, name: str, state: str, now: datetime) -> Waited:
        """Since when a thing has had this state; noted now where it changed."""
        told = await self._noted(_WAITED, name)
        if told is None or told["state"] != state:
            await self._note(
                _WAITED, name, {"state": state, "since": now.isoformat(), "told": False}
            )
            return Waited(now, told=False)
        return Waited(datetime.fromisoformat(told["since"]), bool(told["told"]))

    async def told(self, name: str) -> None:
        """People were told of a thing as it is; once is enough."""
        told = await self._noted(_WAITED, name)
        if told is not None:
            await self._note(_WAITED, name, {**told, "told": True})

    async def settled(self, name: str) -> None:
        """A thing is waited for no more."""
        await self.folder.forget(_key(_WAITED, name))

    async def brought(self, name: str) -> None:
        """Note that a file was handed in here, by a person who is known."""
        await self._note(_BROUGHT, name, {})

    async def was_brought(self, name: str) -> bool:
        """Whether a file was handed in here."""
        return await self._noted(_BROUGHT, name) is not None

    async def put_report(self, part: str, stem: str, ending: str, body: bytes) -> None:
        """Put a report of errors down; the same once more is not put down again."""
        count = 1
        while True:
            mark = "" if count == 1 else f".{count}"
            name = f"{stem}{mark}.loi.{ending}"
            try:
                await self.folder.put(wrong(part), name, at_once(body))
            except NameTaken:
                there = await self.folder.read(wrong(part), name, len(body) + 1)
                if there == body:
                    return
                count += 1
            else:
                return

    async def sweep(self, now: datetime) -> None:
        """Delete what was kept for its time (document, section 8)."""
        for part in (REQUESTS, ANSWERS):
            for one in await self.folder.lying(taken(part)):
                kept = _MANIFESTS_KEPT if _is_manifest(one) else _FILES_KEPT
                await self._drop(taken(part), one, kept, now)
            for one in await self.folder.lying(wrong(part)):
                kept = _MANIFESTS_KEPT if _is_manifest(one) else _WRONG_KEPT
                await self._drop(wrong(part), one, kept, now)
        await self._sweep_unfinished(now)
        for one in await self.folder.notes():
            if now - one.touched > _MANIFESTS_KEPT:
                await self.folder.forget(one.name)

    async def _sweep_unfinished(self, now: datetime) -> None:
        """Delete what a node left behind that died: a lot without manifest is none."""
        for part, ending in (
            (REQUESTS, UNFINISHED),
            *((wrong(part), UNFINISHED) for part in (REQUESTS, ANSWERS)),
        ):
            for one in await self.folder.unlooked(part, ending):
                await self._drop(part, one, _DRAFTS_KEPT, now)
        for one in await self.folder.lying(REQUESTS):
            lot = one.name.partition(".")[0]
            if _number(one.name) and await self.place_of(lot) is None:
                await self._drop(REQUESTS, one, _DRAFTS_KEPT, now)

    async def _drop(
        self, part: str, one: Found, kept: timedelta, now: datetime
    ) -> None:
        if now - one.touched > kept:
            await self.folder.remove(part, one.name)


def _number(name: str) -> int:
    """``YC-000018.json`` → 18; another name: 0."""
    head, _, rest = name.partition("-")
    digits = rest.partition(".")[0]
    return int(digits) if head == "YC" and digits.isascii() and digits.isdigit() else 0


def _is_manifest(one: Found) -> bool:
    return ".json" in one.name
