"""What became of each requirement, from what the tests found and people attested; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from gateway.conformance.partner.requirements import How, Level, Requirement


class Verdict(StrEnum):
    """What is known of one requirement."""

    HOLDS = "holds"
    BROKEN = "broken"
    NOT_TRIED = "not_tried"
    ATTESTED = "attested"
    NO_CALL = "no_call"


WORDS = {
    Verdict.HOLDS: "đạt",
    Verdict.BROKEN: "không đạt",
    Verdict.NOT_TRIED: "chưa thử",
    Verdict.ATTESTED: "đã xác nhận",
    Verdict.NO_CALL: "không có lời gọi đến",
}


class Overall(StrEnum):
    """What is known of the counterpart."""

    PASSED = "passed"
    FAILED = "failed"
    INCOMPLETE = "incomplete"
    SILENT = "silent"


OVERALL_WORDS = {
    Overall.PASSED: "đạt",
    Overall.FAILED: "không đạt",
    Overall.INCOMPLETE: "chưa thử hết",
    Overall.SILENT: "bên kia không trả lời",
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One message and its answer, with secrets and personal values taken out."""

    at: datetime
    outgoing: bool
    what: str
    #: method and path
    sent: str
    got: str
    took_ms: int = 0
    by_file: bool = False
    #: a file that was put or taken, which nobody answers


@dataclass(frozen=True, slots=True)
class Finding:
    """One look at one requirement."""

    number: str
    holds: bool
    why: str
    #: told where it does not hold


@dataclass(slots=True)
class Ran:
    """What became of one test."""

    test: str
    says: str
    numbers: tuple[str, ...]
    findings: list[Finding] = field(default_factory=list)
    ended: str = ""
    #: why it did not go on; empty: it ran to its end
    no_call: bool = False
    exchanges: list[Exchange] = field(default_factory=list)
    dossiers: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Attestation:
    """A person's word that a requirement is met, or that it is not."""

    number: str
    holds: bool
    by: str
    on: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """One requirement and what is known of it."""

    requirement: Requirement
    verdict: Verdict
    why: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    by: str = ""
    on: date | None = None


def judge(
    requirements: Iterable[Requirement],
    ran: Sequence[Ran],
    attested: Mapping[str, Attestation],
) -> tuple[Judged, ...]:
    """Each requirement's verdict.

    What a test saw broken stays so whatever anybody attests; what a test saw hold
    needs no word of a person.
    """
    return tuple(_judged(row, ran, attested.get(row.number)) for row in requirements)


def _judged(row: Requirement, ran: Sequence[Ran], word: Attestation | None) -> Judged:
    about = [one for one in ran if row.number in one.numbers or _found(one, row.number)]
    tests = tuple(one.test for one in about)
    found = [finding for one in about for finding in _found(one, row.number)]
    wrong = tuple(dict.fromkeys(one.why for one in found if not one.holds))
    if wrong:
        return Judged(row, Verdict.BROKEN, wrong, tests)
    if word is not None and not word.holds:
        told = (word.note or "xác nhận là chưa đáp ứng",)
        return Judged(row, Verdict.BROKEN, told, tests, word.by, word.on)
    if found:
        return Judged(row, Verdict.HOLDS, (), tests)
    if word is not None:
        note = (word.note,) if word.note else ()
        return Judged(row, Verdict.ATTESTED, note, tests, word.by, word.on)
    if any(one.no_call for one in about):
        why = tuple(dict.fromkeys(one.ended for one in about if one.no_call))
        return Judged(row, Verdict.NO_CALL, why, tests)
    return Judged(row, Verdict.NOT_TRIED, _untried(row, about), tests)


def _found(ran: Ran, number: str) -> list[Finding]:
    return [one for one in ran.findings if one.number == number]


def _untried(row: Requirement, about: Sequence[Ran]) -> tuple[str, ...]:
    ended = tuple(dict.fromkeys(one.ended for one in about if one.ended))
    if ended:
        return ended
    if row.how is How.ATTEST:
        return ("cần người của cơ quan xác nhận (--attest)",)
    return ("không nằm trong phần được chọn để thử",)


def overall(judged: Iterable[Judged], *, with_attestations: bool) -> Overall:
    """What all verdicts come to.

    ``with_attestations``: what only people can say is asked for, too; of our own
    stand-in nobody is asked.
    """
    rows = [
        one
        for one in judged
        if one.requirement.level is Level.MUST
        and (with_attestations or one.requirement.how is How.TEST)
    ]
    if any(one.verdict is Verdict.BROKEN for one in rows):
        return Overall.FAILED
    open_ = {Verdict.NOT_TRIED, Verdict.NO_CALL}
    if not rows or any(one.verdict in open_ for one in rows):
        return Overall.INCOMPLETE
    return Overall.PASSED


def counted(judged: Iterable[Judged]) -> dict[Verdict, int]:
    """How many requirements have each verdict."""
    found = dict.fromkeys(Verdict, 0)
    for one in judged:
        found[one.verdict] += 1
    return found


def as_json(judged: Iterable[Judged]) -> list[dict[str, Any]]:
    """Verdicts for programs."""
    return [
        {
            "number": one.requirement.number,
            "section": one.requirement.section,
            "level": one.requirement.level.value,
            "mark": one.requirement.mark,
            "requirement": one.requirement.vi,
            "requirement_en": one.requirement.en,
            "verdict": one.verdict.value,
            "why": list(one.why),
            "tests": list(one.tests),
            "by": one.by,
            "on": one.on.isoformat() if one.on else None,
        }
        for one in judged
    ]
