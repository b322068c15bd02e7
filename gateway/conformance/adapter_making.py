"""How a case for adapters is written down, and which of them an interface has to pass."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.conformance.adapter_bench import Bench
    from gateway.conformance.adapter_kit import Kit, Sample
    from gateway.ports.agency import KindTraits


class Need(StrEnum):
    """What an interface must offer so that a case can be tried on it."""

    CALLED = "called"
    #: a message is a call to the agency's system
    WAITS = "waits"
    #: a message is put down until somebody fetches it
    DEDUPLICATES = "deduplicates"
    COUNTS_AGAIN = "counts_again"
    #: a repeat is not recognised, and the manifest says so
    ENQUIRABLE = "enquirable"
    ANSWER_AWAITED = "answer_awaited"
    REPLAYED = "replayed"
    #: samples of answers can be played back
    STORY = "story"
    #: its mock works by itself and reports
    PUSHES = "pushes"
    #: hosted operations that bring reports
    LISTS = "lists"
    #: hosted lists that the agency fetches
    ENQUIRE = "enquire"
    POLL = "poll"
    LIST_KNOWN = "list_known"
    PULL_DOSSIERS = "pull_dossiers"
    FETCH_FILE = "fetch_file"
    INBOX = "inbox"


OF_A_KIND = frozenset(
    {Need.DEDUPLICATES, Need.COUNTS_AGAIN, Need.ENQUIRABLE, Need.ANSWER_AWAITED}
)
SLOTS = frozenset(
    {Need.ENQUIRE, Need.POLL, Need.LIST_KNOWN, Need.PULL_DOSSIERS, Need.FETCH_FILE}
    | {Need.INBOX}
)
#: Carriers by which nothing is called: files, people, fetching.
STILL = frozenset({"file", "manual", "open"})

Check = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Case:
    """One fact that every adapter which offers the needed has to show.

    ``says``: the fact for the developer of an adapter, Vietnamese, which is the
    function's docstring; ``harsh``: it is
    about faults, so that it counts for *survives* and not for *speaks*.
    """

    name: str
    says: str
    check: Check
    needs: frozenset[Need]
    each_kind: bool
    harsh: bool


#: Name of the function → its case.
CASES: dict[str, Case] = {}


def case(
    *needs: Need, each_kind: bool = False, harsh: bool = False
) -> Callable[[Check], Check]:
    """Write a function down as a case.

    ``each_kind``: it is tried with each message kind, and takes its sample.
    """

    def noted(check: Check) -> Check:
        says = (check.__doc__ or "").rstrip(".")
        CASES[check.__name__] = Case(
            check.__name__, says, check, frozenset(needs), each_kind, harsh
        )
        return check

    return noted


@dataclass(frozen=True, slots=True)
class Trial:
    """One case on one interface, with one message kind where it is about one."""

    case: Case
    kit: Kit
    sample: Sample | None = None

    @property
    def id(self) -> str:
        """The same from run to run."""
        kind = f"[{self.sample.kind}]" if self.sample else ""
        return f"{self.kit.name}:{self.case.name}{kind}"

    async def run(self, bench: Bench) -> None:
        """Try it; an ``AssertionError`` says what was found."""
        given: tuple[Any, ...] = (self.sample,) if self.sample else ()
        await self.case.check(bench, *given)


#: What only a mock can be told to do.
COMMANDED = frozenset(
    {Need.REPLAYED, Need.STORY, Need.ANSWER_AWAITED, Need.COUNTS_AGAIN, Need.WAITS}
)


def trials(kit: Kit, *, remote: bool = False) -> Iterator[Trial]:
    """Every case that this interface has to pass, by its manifest.

    ``remote``: only what can be tried on a system that takes no commands of ours.
    """
    for trial in _trials(kit):
        case = trial.case
        waits = trial.sample is not None and trial.sample.hours > 0
        if not remote or not (case.harsh or waits or case.needs & COMMANDED):
            yield trial


def _trials(kit: Kit) -> Iterator[Trial]:
    for one in CASES.values():
        if one.each_kind:
            for sample in kit.samples.values():
                if one.needs <= offered(kit, kit.manifest.traits[sample.kind]):
                    yield Trial(one, kit, sample)
        elif one.needs <= offered(kit):
            yield Trial(one, kit)


def offered(kit: Kit, traits: KindTraits | None = None) -> frozenset[Need]:
    """What an interface offers, and one of its kinds."""
    manifest = kit.manifest
    found = {Need(slot) for slot, reason in manifest.slots.items() if not reason}
    found.add(Need.WAITS if manifest.carrier in STILL else Need.CALLED)
    found |= {Need.PUSHES} if kit.pushed else set()
    found |= {Need.STORY} if kit.story_hours else set()
    found |= {Need.REPLAYED} if kit.replies else set()
    if manifest.lists:
        found.add(Need.LISTS)
    if traits is not None:
        found.add(Need.DEDUPLICATES if traits.deduplicates else Need.COUNTS_AGAIN)
        found |= {Need.ENQUIRABLE} if traits.enquirable else set()
        found |= {Need.ANSWER_AWAITED} if traits.answer_awaited else set()
    return frozenset(found)
