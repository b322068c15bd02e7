"""Runs the tests of one role against one counterpart, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.conformance.partner.trial import Lent, Running
from gateway.conformance.partner.verdicts import Finding, Ran
from gateway.conformance.partner.wire import Certificate, NoAnswer, Stranger
from gateway.conforming import NoCall, NotTried, Role

if TYPE_CHECKING:
    from gateway.conformance.partner.requirements import Case
    from gateway.conformance.partner.share import Share
    from gateway.conformance.partner.systems import System

#: Tests in a row, from the first on, that may pass without any answer.
SILENT_TESTS = 2
#: So far below any count that a system is never silent again.
NEVER = -(10**6)
SILENT = "bên kia không trả lời lời gọi nào"
Tell = Callable[[Ran], None]


@dataclass(slots=True)
class Run:
    """One run, and what it found."""

    role: Role
    at: datetime
    #: really, whatever clock the counterpart has
    ran: list[Ran] = field(default_factory=list)
    certificate: Certificate | None = None
    silent: bool = False
    absent: frozenset[str] = frozenset()
    #: systems without an address
    away: frozenset[str] = frozenset()
    #: systems that do not answer


def chosen(tests: Sequence[Case], only: str) -> tuple[Case, ...]:
    """Tests by the name of one, or by a requirement; empty: all of them.

    Raises:
        ValueError: nothing is called so.
    """
    found = tuple(
        one for one in tests if only in {"", one.name} or only in one.shown.numbers
    )
    if not found:
        raise ValueError(f"Không có phép thử hay yêu cầu {only} ở vai này.")
    return found


async def run(lent: Lent, role: Role, tests: Sequence[Case], tell: Tell) -> Run:
    """Try everything; no test stops another, a system that is away all of its own."""
    done = Run(role, datetime.now(UTC).replace(microsecond=0))
    stops: dict[str, str] = {}
    if role is Role.SERVER:
        for system in lent.folder.systems.values():
            stops[system.name] = await _looked_at(lent, done, system)
    unanswered = dict.fromkeys(lent.folder.systems, 0)
    for case in tests:
        ran = Ran(case.name, case.says, case.shown.numbers)
        done.ran.append(ran)
        about = lent.folder.systems_of(case)
        if all(stops.get(one) for one in about):
            ran.ended = "; ".join(stops[one] for one in sorted(about))
        elif await _tried(lent, case, ran):
            unanswered = {**unanswered, **dict.fromkeys(about, NEVER)}
        elif role is Role.SERVER:
            for one in about:
                unanswered[one] += 1
                if unanswered[one] == SILENT_TESTS:
                    stops[one] = SILENT
                    done.away |= {one}
        tell(ran)
    there = lent.folder.systems.keys() - done.absent
    done.silent = role is Role.SERVER and bool(there) and not there - done.away
    return done


async def _looked_at(lent: Lent, done: Run, system: System) -> str:
    """Look at the certificate first; why nothing may be sent, else empty."""
    if lent.share is not None:
        return await _entered(lent, lent.share, done, system)
    number, wire = system.certificate, lent.wires.get(system.name)
    if wire is None:
        done.absent |= {system.name}
        return _no_address(system)
    ran = Ran("certificate", "Kết nối TLS với chứng thư đúng.", (number,))
    try:
        shown = await wire.certificate()
    except NoAnswer as away:
        ran.ended = str(away)
        ran.findings.append(Finding(system.answers, holds=False, why=str(away)))
        done.ran.append(ran)
        done.away |= {system.name}
        return str(away)
    done.certificate = done.certificate or shown
    if not number:
        return ""
    done.ran.append(ran)
    if shown is None:
        ran.ended = "địa chỉ http:// trên máy này: chưa thử TLS"
        return ""
    ran.findings.append(Finding(number, not shown.wrong, shown.wrong))
    return f"không gửi gì khi {shown.wrong}" if shown.wrong else ""


def _no_address(system: System) -> str:
    if system.title:
        return f"không thử {system.title}: preset không có addresses.{system.name}"
    return "không có địa chỉ của bên kia (--against hoặc addresses.server)"


async def _entered(lent: Lent, share: Share, done: Run, system: System) -> str:
    """Enter the shared folder first; why nothing may be put there, else empty."""
    number = system.certificate
    ran = Ran(
        "folder", "Vào thư mục dùng chung; máy chủ đúng là máy đã báo.", (number,)
    )
    done.ran.append(ran)
    try:
        await share.enter(lent.folder.parts)
    except Stranger as stranger:
        ran.ended = str(stranger)
        ran.findings.append(Finding(number, holds=False, why=str(stranger)))
        return f"không gửi gì khi {stranger}"
    except NoAnswer as away:
        ran.ended = str(away)
        ran.findings.append(Finding(system.answers, holds=False, why=str(away)))
        done.away |= {system.name}
        return str(away)
    if share.is_sftp:
        ran.findings.append(Finding(number, holds=True, why=""))
    else:
        ran.ended = "thư mục trên máy này: chưa thử SFTP"
    return ""


async def _tried(lent: Lent, case: Case, ran: Ran) -> bool:
    """Run one test; whether anything was answered."""
    answers = [lent.folder.systems[one].answers for one in lent.folder.systems_of(case)]
    numbers = (*ran.numbers, *answers)
    trial = Running(lent, ran)
    trial.begin()
    try:
        await case.run(trial)
    except NoCall as waited:
        ran.ended, ran.no_call = str(waited), True
    except NotTried as why:
        ran.ended = str(why)
    except Exception as wrong:  # noqa: BLE001  one odd answer must not end the run
        ran.ended = (
            f"phép thử này dừng vì {type(wrong).__name__}: báo cho đơn vị làm bộ thử"
        )
    ran.findings = [one for one in ran.findings if one.number in numbers]
    return trial.answered > 0
