"""The minutes of a connection test, in Word."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.conformance.partner.messages import messages
from gateway.conformance.partner.trying import BY_HAND, MOCK
from gateway.conformance.partner.verdicts import (
    OVERALL_WORDS,
    WORDS,
    Verdict,
    counted,
)
from gateway.conforming import Role
from gateway.domain.paper_conformance import Attested, ConformanceMinutes, Result
from gateway.domain.paper_forms import Form, form_name
from gateway.paper.word import WordPapers

if TYPE_CHECKING:
    from gateway.conformance.partner.trying import Outcome
    from gateway.conformance.partner.verdicts import Judged

ROLES = {
    Role.SERVER: "được gọi (server)",
    Role.CLIENT: "gọi đến bên gửi (client)",
}
LEVELS = {"must": "phải", "should": "nên"}


def docx(outcome: Outcome) -> bytes:
    """A Word document in memory."""
    return WordPapers().docx(Form.CONFORMANCE_MINUTES, minutes(outcome))


def minutes(outcome: Outcome) -> ConformanceMinutes:
    """Everything that the minutes say; what is not known is left to the pen."""
    folder, preset, done = outcome.folder, outcome.preset, outcome.run
    counts, shown = counted(outcome.judged), done.certificate
    dossiers = outcome.dossiers
    real = outcome.wanted.against not in {MOCK, BY_HAND}
    system = preset.system if outcome.wanted.against != MOCK else "Cơ quan giả lập"
    client = outcome.wanted.role is Role.CLIENT
    return ConformanceMinutes(
        form=form_name(Form.CONFORMANCE_MINUTES, done.at.date()),
        agency=folder.title,
        system=f"{system} (đã thử {outcome.tried})" if outcome.tried else system,
        place=preset.place,
        purpose=folder.purpose,
        document=folder.requirements.page,
        version=folder.requirements.version,
        digest=folder.hash,
        role=ROLES[outcome.wanted.role],
        address=outcome.wanted.against if real else "",
        callback=(preset.callback or preset.listen) if client else "",
        subject=shown.subject if shown else "",
        issuer=shown.issuer if shown else "",
        ends=shown.ends if shown else None,
        contacts=preset.contacts,
        by=outcome.wanted.by,
        tried_at=done.at,
        messages=messages(folder.schemas),
        results=tuple(_result(one) for one in outcome.judged),
        attested=tuple(
            _attested(one) for one in outcome.judged if one.by and one.on is not None
        ),
        held=counts[Verdict.HOLDS],
        broken=counts[Verdict.BROKEN],
        confirmed=counts[Verdict.ATTESTED],
        untried=counts[Verdict.NOT_TRIED] + counts[Verdict.NO_CALL],
        overall=OVERALL_WORDS[outcome.overall],
        first=dossiers[0] if dossiers else "",
        last=dossiers[-1] if dossiers else "",
        printed_at=datetime.now(UTC),
    )


def _result(one: Judged) -> Result:
    row = one.requirement
    return Result(
        number=row.number,
        section=row.section,
        level=LEVELS[row.level],
        requirement=row.vi,
        verdict=WORDS[one.verdict],
        why="\n".join(one.why),
    )


def _attested(one: Judged) -> Attested:
    row = one.requirement
    return Attested(row.number, row.vi, one.by, one.on, "; ".join(one.why))
