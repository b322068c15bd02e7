"""What became of a fortnight: by place and agency, counted in books and at the gateway."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from gateway.mockagency.behaviour import behaviour_of
from gateway.wiring.feeding import book, signed_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from aiohttp import ClientSession

    from gateway.wiring.fortnight import Plan
    from gateway.wiring.stage import Stage

#: Effects of messages that must take effect once; what tells them apart if several
#: of a kind are sent for one dossier.
ONCE: Mapping[str, tuple[str, ...]] = {
    "hand_over": ("revision", "lan", "maHoSo"),
    "slip_new": ("so_phieu",),
    "slip_replace": ("so_phieu",),
}
PAGE = 200


@dataclass
class OfOneAgency:
    """One mock agency's own record."""

    dossiers: int = 0
    courses: Counter[str] = field(default_factory=Counter)
    unclicked: int = 0
    #: done there, and not told to this day
    noticed: int = 0
    #: of these: the gateway shows that they stand still
    doubled: int = 0
    faults: int = 0
    #: planned ones that happened


@dataclass(frozen=True, slots=True)
class Known:
    """Numbers as the gateway has them."""

    is_open: set[str]
    stands_still: set[str]


@dataclass
class Told:
    """The whole summary."""

    handed_in: int
    refused: Mapping[str, str]
    seconds: float
    known: int
    states: Counter[str]
    places: Counter[str]
    causes: list[tuple[str, str, str, int]]
    #: why, at which office, whose turn, how many dossiers
    agencies: Mapping[str, OfOneAgency]

    @property
    def lost(self) -> int:
        """Handed in and answered with 202, and the gateway does not know it."""
        return self.handed_in - len(self.refused) - self.known

    @property
    def doubled(self) -> int:
        """Messages that took effect twice at an agency."""
        return sum(one.doubled for one in self.agencies.values())


async def summed(
    stage: Stage, plan: Plan, refused: Mapping[str, str], seconds: float
) -> Told:
    """Count."""
    numbers = {one.number for one in plan.handed_in()} - set(refused)
    async with signed_in(stage, "operator") as session:
        rows = [row async for row in _dossiers(stage, session)]
        async with session.get(f"{stage.url('front')}/v1/stuck") as answer:
            causes = (await answer.json())["causes"]
        shown = {n for one in causes async for n in _still(stage, session, one["id"])}
        known = Known({row["number"] for row in rows if not row["end"]}, shown)
        agencies = {
            name: _of(stage, plan, name, known, await _faults(session, stage.url(name)))
            for name in stage.mocks
        }
    return Told(
        plan.dossiers,
        refused,
        seconds,
        sum(row["number"] in numbers for row in rows),
        Counter(row["portal_text"] for row in rows),
        Counter(place for row in rows for place in dict.fromkeys(row["places"])),
        [
            (one["reason"], one["office_name"], one["turn"], one["dossiers"])
            for one in causes
        ],
        agencies,
    )


async def _still(
    stage: Stage, session: ClientSession, cause: str
) -> AsyncIterator[str]:
    """Numbers of the dossiers that stand still by a cause."""
    after = ""
    while True:
        url = f"{stage.url('front')}/v1/stuck/{quote(cause, safe='')}"
        params = {"after": after} if after else {}
        async with session.get(url, params=params) as answer:
            page = await answer.json()
        for row in page["dossiers"]:
            yield row["number"]
        after = page["after"]
        if not after:
            return


async def _faults(session: ClientSession, base: str) -> int:
    """How often something went wrong there because it was planned."""
    async with session.get(f"{base}/_control/load") as answer:
        return int((await answer.json())["faults"])


async def _dossiers(stage: Stage, session: ClientSession) -> Any:
    after = ""
    while True:
        url = f"{stage.url('front')}/v1/dossiers?limit={PAGE}"
        async with session.get(url + (f"&after={after}" if after else "")) as answer:
            page = await answer.json()
        for row in page["dossiers"]:
            yield row
        after = page["after"]
        if not after:
            return


def _of(
    stage: Stage, plan: Plan, agency: str, known: Known, faults: int
) -> OfOneAgency:
    lines = book(stage, agency)
    done = {line["number"] for line in lines if line["kind"] == "done_unclicked"}
    unclicked = done & known.is_open
    numbers = {line["number"] for line in lines if line["number"]}
    office = behaviour_of(agency, {"seed": str(plan.seed)})
    courses = Counter(
        course.title
        if office and (course := office.course(number))
        else "như thường lệ"
        for number in numbers
    )
    return OfOneAgency(
        len(numbers),
        courses,
        len(unclicked),
        len(unclicked & known.stands_still),
        _doubled(lines),
        faults,
    )


def _doubled(lines: Iterable[Mapping[str, Any]]) -> int:
    counted = Counter(
        (
            line["kind"],
            line["number"],
            *(line["facts"].get(name) for name in ONCE[line["kind"]]),
        )
        for line in lines
        if line["kind"] in ONCE
    )
    return sum(count - 1 for count in counted.values())
