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

#: Tests in a row, from the first on, that may pass without any answer.
SILENT_TESTS = 2
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
    """Try everything; no test stops another, a counterpart that is away all of them."""
    done = Run(role, datetime.now(UTC).replace(microsecond=0))
    stop = await _looked_at(lent, done) if role is Role.SERVER else ""
    answered = False
    for place, case in enumerate(tests):
        ran = Ran(case.name, case.says, case.shown.numbers)
        done.ran.append(ran)
        if stop:
            ran.ended = stop
        else:
            answered = await _tried(lent, case, ran) or answered
        tell(ran)
        mute = role is Role.SERVER and not answered and not stop
        if mute and place + 1 == SILENT_TESTS:
            stop, done.silent = SILENT, True
    return done


async def _looked_at(lent: Lent, done: Run) -> str:
    """Look at the certificate first; why nothing may be sent, else empty."""
    number = lent.folder.certificate
    if lent.share is not None:
        return await _entered(lent, lent.share, done)
    if lent.wire is None:
        return "không có địa chỉ của bên kia (--against hoặc addresses.server)"
    ran = Ran("certificate", "Kết nối TLS với chứng chỉ đúng.", (number,))
    try:
        done.certificate = await lent.wire.certificate()
    except NoAnswer as away:
        ran.ended, done.silent = str(away), True
        ran.findings.append(Finding(lent.folder.answers, holds=False, why=str(away)))
        done.ran.append(ran)
        return str(away)
    if not number:
        return ""
    done.ran.append(ran)
    if done.certificate is None:
        ran.ended = "địa chỉ http:// trên máy này: chưa thử TLS"
        return ""
    wrong = done.certificate.wrong
    ran.findings.append(Finding(number, not wrong, wrong))
    return f"không gửi gì khi {wrong}" if wrong else ""


async def _entered(lent: Lent, share: Share, done: Run) -> str:
    """Enter the shared folder first; why nothing may be put there, else empty."""
    number = lent.folder.certificate
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
        ran.ended, done.silent = str(away), True
        ran.findings.append(Finding(lent.folder.answers, holds=False, why=str(away)))
        return str(away)
    if share.is_sftp:
        ran.findings.append(Finding(number, holds=True, why=""))
    else:
        ran.ended = "thư mục trên máy này: chưa thử SFTP"
    return ""


async def _tried(lent: Lent, case: Case, ran: Ran) -> bool:
    """Run one test; whether anything was answered."""
    numbers = (*ran.numbers, lent.folder.answers)
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
