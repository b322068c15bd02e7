"""What today's reader and mapping make of a recorded message, on a bench."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from gateway.conformance.adapter_bench import TIMEOUT_S
from gateway.conformance.adapter_opening import opened
from gateway.conformance.inside import echoed, key_of, signed_again
from gateway.delivery.settle import after_attempt, after_enquiry
from gateway.domain.errors import DeliveryError, ReportRefused
from gateway.domain.identifiers import AgencyId, DossierId, OfficeId, TransferId
from gateway.domain.lane import LaneLimits
from gateway.domain.report import AgencyReport
from gateway.domain.transfer import Fate, State, Transfer
from gateway.mockagency.faults import Fault
from gateway.ports.agency import (
    Answer,
    HostedOperation,
    InboundMessage,
    answer_of,
)
from gateway.recording.cases import PUSH, Case

if TYPE_CHECKING:
    from gateway.conformance.adapter_bench import Bench
    from gateway.conformance.adapter_kit import Kit, Sample
    from gateway.conformance.adapter_lent import Lab

#: When every message of a replay came: what is read by arrival is the same each time.
ARRIVED = datetime(2030, 1, 1, 1, tzinfo=UTC)
Row = dict[str, Any]
_SLOTS = ("submit", "enquire", "poll")


class Replaying:
    """One interface, and the cases that are run through it."""

    def __init__(self, kit: Kit, lab: Lab) -> None:
        """``lab``: its keys are those that signatures are made with again."""
        self._kit, self._lab = kit, lab
        self._asked: dict[tuple[str, str, str], dict[str, bytes]] = {}
        #: number, kind and slot → what the mock calls each request, and its body

    async def made_of(self, case: Case) -> list[Row]:
        """What is made of a case; nothing: nothing of the interface reads it."""
        kit = replace(self._kit, number=case.number) if case.number else self._kit
        if case.way == PUSH:
            async with self._opened(kit) as bench:
                return _read(bench, replace(case, message=self._signed(case.message)))
        rows = []
        for sample in _asked(kit, case):
            for slot in _slots(kit, sample, case):
                row = await self._answered(kit, sample, slot, case)
                rows += [row] if row else []
        return rows

    @asynccontextmanager
    async def _opened(self, kit: Kit) -> AsyncIterator[Bench]:
        with TemporaryDirectory(prefix="replay-") as folder:
            async with opened(kit, self._lab, Path(folder)) as bench:
                yield bench

    def _signed(self, content: bytes) -> bytes:
        pairs = self._kit.pairs
        if not pairs:
            return content
        return signed_again(content, key_of(self._lab.keys.folder, pairs[0]))

    async def _answered(
        self, kit: Kit, sample: Sample, slot: str, case: Case
    ) -> Row | None:
        """What a slot makes of the answer, where it calls what was answered."""
        asked = await self._requests(kit, sample, slot)
        async with self._opened(kit) as bench:
            name = list(asked)[-1:] if case.kind else [_name_of(bench, case)]
            if not name or name[0] not in asked:
                return None
            answer = case.answer
            if case.message.strip():
                answer = echoed(answer, case.message, asked[name[0]])
            if not await _is_ready(bench, sample, slot):
                return None
            _answer(bench, replace(case, answer=self._signed(answer)), name[0])
            return _told(bench, sample, slot, await _called(bench, sample, slot))

    async def _requests(self, kit: Kit, sample: Sample, slot: str) -> dict[str, bytes]:
        """Requests that a slot makes by itself; of each name the last."""
        known = (kit.number, str(sample.kind), slot)
        if known not in self._asked:
            found: dict[str, bytes] = {}
            async with self._opened(kit) as bench:
                if await _is_ready(bench, sample, slot):
                    await _called(bench, sample, slot)
                    for call in bench.calls:
                        name = bench.mock.kind_of(call)
                        found.pop(name, None)
                        found[name] = call.body
            self._asked[known] = found
        return self._asked[known]


def _asked(kit: Kit, case: Case) -> list[Sample]:
    """Messages whose sending or asking may call the operation."""
    if case.kind:
        return [one for kind, one in kit.samples.items() if kind == case.kind]
    named = kit.manifest.operations
    own = [kind for kind in kit.samples if named.get(kind) == case.operation]
    return [kit.samples[kind] for kind in own or kit.samples]


def _read(bench: Bench, case: Case) -> list[Row]:
    operation = bench.host.operations.get((case.method, case.operation))
    if operation is None or operation.catalogue is not None:
        return []
    message = InboundMessage(
        OfficeId(bench.kit.office["id"]), case.operation, case.message, {}, {}, ARRIVED
    )
    try:
        return [*_parts(operation, message)]
    except ReportRefused as refused:
        return [{"refused": refused.code}]


def _parts(operation: HostedOperation, message: InboundMessage) -> Iterator[Row]:
    if operation.parts is None:
        for report in operation.read(message) if operation.read else ():
            yield _reported(report)
        return
    for part in operation.parts(message):
        if part.report is not None:
            yield _reported(part.report)
        else:
            yield {"refused": (part.refused or ReportRefused()).code}


def _reported(report: AgencyReport) -> Row:
    about = [f"{one.agency}/{one.kind} {one.value}" for one in report.about]
    return {
        "report": report.kind.value,
        "event_at": report.event_at.isoformat() if report.event_at else "",
        "facts": {name: str(value) for name, value in sorted(report.facts.items())},
        "about": about,
        "introduces": [f"{r.agency}/{r.kind} {r.value}" for r in report.introduces],
        "files": len(report.files) + len(report.brought),
    }


@dataclass(frozen=True, slots=True)
class _Asked:
    """The recorded request, as far as a mock tells by it what it is."""

    method: str
    path: str
    body: bytes
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def _name_of(bench: Bench, case: Case) -> str:
    """What the mock calls the operation; by it a planned answer is found."""
    for path in (case.path, f"/{case.operation}"):
        asked: Any = _Asked(case.method, path, case.message)
        try:
            name = str(bench.mock.kind_of(asked))
        except Exception:  # noqa: BLE001, S112  half a message, or of another address
            continue
        if name:
            return name
    return ""


def _answer(bench: Bench, case: Case, name: str) -> None:
    bench.mock.plan.clear()
    bench.mock.plan.add(
        Fault(
            *(bench.kit.agency, name, "text_200"),
            nth=0,
            text=case.answer.decode("utf-8", "replace"),
            status=case.status,
            headers=dict(case.answer_headers),
        )
    )


def _slots(kit: Kit, sample: Sample, case: Case) -> list[str]:
    if case.slot:
        return [case.slot] if case.slot in _SLOTS else []
    traits = kit.manifest.traits[sample.kind]
    offered = {
        "submit": True,
        "enquire": traits.enquirable,
        "poll": traits.answer_awaited,
    }
    return [slot for slot in _SLOTS if offered[slot]]


async def _is_ready(bench: Bench, sample: Sample, slot: str) -> bool:
    """Whether what has to come before is taken; what is asked about has been sent."""
    try:
        await bench.ready(sample)
        if slot != "submit":
            await bench.submit(bench.message(sample))
    except (AssertionError, DeliveryError):
        return False
    bench.calls.clear()
    return True


async def _called(bench: Bench, sample: Sample, slot: str) -> Answer:
    message = bench.message(sample)
    try:
        if slot == "submit":
            return (await bench.submit(message))[-1]
        if slot == "enquire":
            return await bench.adapter.enquire(message, timeout_s=TIMEOUT_S)
        return await bench.poll(message)
    except DeliveryError as error:
        return answer_of(error)


def _told(bench: Bench, sample: Sample, slot: str, answer: Answer) -> Row:
    traits, now = bench.traits[sample.kind], bench.kit.start
    transfer = _transfer(bench, sample, slot)
    verdict = (
        after_attempt(transfer, traits, answer, LaneLimits(), now=now, draw=0.5)
        if slot == "submit"
        else after_enquiry(transfer, traits, answer, LaneLimits(), now=now)
    )
    state = "" if slot == "poll" or verdict is None else verdict.state.value
    return {
        "kind": str(sample.kind),
        "slot": slot,
        "outcome": answer.outcome.value,
        "code": answer.code,
        **({"state": state} if slot != "poll" else {}),
        "reports": [_reported(report) for report in answer.reports],
        "introduces": [f"{r.agency}/{r.kind} {r.value}" for r in answer.introduces],
    }


def _transfer(bench: Bench, sample: Sample, slot: str) -> Transfer:
    """The row that the answer is about, as it lies when it comes."""
    asked = slot != "submit"
    return Transfer(
        id=TransferId("t-1"),
        dossier_id=DossierId("d-1"),
        agency=AgencyId(bench.kit.manifest.id),
        office=OfficeId(bench.kit.office["id"]),
        leg="kit",
        conversation="kit",
        position=1,
        kind=sample.kind,
        state=State.UNCONFIRMED if asked else State.SENDING,
        fate=Fate.MAY_HAVE_LEFT if asked else Fate.NOT_LEFT,
        attempts=1,
        enquiries=0,
        created_at=bench.kit.start,
        facts={},
        payload=None,
        revision=1,
    )
