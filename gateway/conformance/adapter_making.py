"""How a case for adapters is written down, and which of them an interface has to pass."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from gateway.conformance.adapter_ways import Carried

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
    DEMANDS = "demands"
    #: a system reads the message, which has to hold what its document demands
    DEDUPLICATES = "deduplicates"
    COUNTS_AGAIN = "counts_again"
    #: a repeat is not recognised, and the manifest says so
    BY_CONTENT = "by_content"
    #: what is recognised or asked about goes by the dossier's own numbers
    SEEN = "seen"
    #: what arrives can be looked at
    BEARS = "bears"
    #: files, or a document that somebody signed, are part of it
    ENQUIRABLE = "enquirable"
    ANSWER_AWAITED = "answer_awaited"
    REPLAYED = "replayed"
    #: samples of answers can be played back
    STORY = "story"
    #: its mock works by itself and reports
    WAIT_IS_TOLD = "wait_is_told"
    #: nothing on the way loses how long the agency asks us to wait
    PUSHES = "pushes"
    #: hosted operations that bring reports
    LISTS = "lists"
    #: hosted lists that the agency fetches
    ENQUIRE = "enquire"
    POLL = "poll"
    LIST_KNOWN = "list_known"
    ASK_ABOUT = "ask_about"
    PULL_DOSSIERS = "pull_dossiers"
    FETCH_FILE = "fetch_file"
    INBOX = "inbox"


OF_A_KIND = frozenset(
    {Need.DEDUPLICATES, Need.COUNTS_AGAIN, Need.ENQUIRABLE, Need.ANSWER_AWAITED}
    | {Need.BY_CONTENT}
)
SLOTS = frozenset(
    {Need.ENQUIRE, Need.POLL, Need.LIST_KNOWN, Need.PULL_DOSSIERS, Need.FETCH_FILE}
    | {Need.INBOX, Need.ASK_ABOUT}
)
#: Carriers by which nothing is called: files, people, fetching.
BY_HAND = "manual"
STILL = frozenset({"file", "fetch", BY_HAND})

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
    way: Carried = Carried.DIRECT

    @property
    def id(self) -> str:
        """The same from run to run."""
        kind = f"[{self.sample.kind}]" if self.sample else ""
        over = "" if self.way is Carried.DIRECT else f"@{self.way}"
        return f"{self.kit.name}{over}:{self.case.name}{kind}"

    async def run(self, bench: Bench) -> None:
        """Try it; an ``AssertionError`` says what was found."""
        given: tuple[Any, ...] = (self.sample,) if self.sample else ()
        await self.case.check(bench, *given)


#: A case that needs one of these is tried on every way.
CALLS = frozenset({Need.CALLED, Need.FETCH_FILE})
#: What only a mock can be told to do.
COMMANDED = frozenset(
    {Need.REPLAYED, Need.STORY, Need.ANSWER_AWAITED, Need.COUNTS_AGAIN, Need.WAITS}
    | {Need.SEEN}
)


def trials(
    kit: Kit, *, remote: bool = False, only: Carried | None = None
) -> Iterator[Trial]:
    """Every case that this interface has to pass, by its manifest.

    ``only``: by one way; ``remote``: only what can be tried on a system that takes no commands of ours.
    """
    ways = [only] if only else [*Carried]
    if remote or kit.manifest.carrier in STILL or kit.manifest.direct_only:
        ways = [Carried.DIRECT]
    for trial in (trial for way in ways for trial in _trials(kit, way)):
        case = trial.case
        waits = trial.sample is not None and trial.sample.hours > 0
        if not remote or not (case.harsh or waits or case.needs & COMMANDED):
            yield trial


def _trials(kit: Kit, way: Carried) -> Iterator[Trial]:
    """Those of one way; what is not about calls is tried once, on the straight one."""
    for one in CASES.values():
        if way is not Carried.DIRECT and not one.needs & CALLS:
            continue
        if one.each_kind:
            for sample in kit.samples.values():
                traits = kit.manifest.traits[sample.kind]
                if one.needs <= offered(kit, traits, way) | _borne(sample):
                    yield Trial(one, kit, sample, way)
        elif one.needs <= offered(kit, way=way):
            yield Trial(one, kit, way=way)


def _borne(sample: Sample) -> frozenset[Need]:
    files = sample.files and not sample.by_link
    borne = files or sample.signed or sample.content_samples
    return frozenset({Need.BEARS} if borne else ())


def offered(
    kit: Kit, traits: KindTraits | None = None, way: Carried = Carried.DIRECT
) -> frozenset[Need]:
    """What an interface offers, and one of its kinds, by a way.

    A platform answers some of what an agency would (413, 504) by itself, and may
    strip ``Retry-After``; that of the bench does.
    """
    manifest = kit.manifest
    found = {Need(slot) for slot, reason in manifest.slots.items() if not reason}
    found.add(Need.SEEN)
    found.add(Need.WAITS if manifest.carrier in STILL else Need.CALLED)
    found |= {Need.DEMANDS} if manifest.carrier != BY_HAND else set()
    found |= {Need.PUSHES} if kit.pushed else set()
    found |= {Need.STORY} if kit.story_hours else set()
    found |= {Need.REPLAYED} if kit.replies and way is Carried.DIRECT else set()
    found |= {Need.WAIT_IS_TOLD} if way is Carried.DIRECT else set()
    if manifest.lists:
        found.add(Need.LISTS)
    if traits is not None:
        found.add(Need.DEDUPLICATES if traits.deduplicates else Need.COUNTS_AGAIN)
        found |= {Need.ENQUIRABLE} if traits.enquirable else set()
        found |= {Need.BY_CONTENT} if traits.by_content else set()
        found |= {Need.ANSWER_AWAITED} if traits.answer_awaited else set()
    return frozenset(found)
