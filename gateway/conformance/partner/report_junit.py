"""A run as JUnit XML: one case for each requirement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from gateway.conformance.partner.verdicts import WORDS, Verdict

if TYPE_CHECKING:
    from gateway.conformance.partner.trying import Outcome
    from gateway.conformance.partner.verdicts import Judged

#: What XML cannot hold.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def xml(outcome: Outcome) -> bytes:
    """Broken ones are failures; what was not tried and what did not come is skipped."""
    rows = outcome.judged
    broken = sum(one.verdict is Verdict.BROKEN for one in rows)
    open_ = {Verdict.NOT_TRIED, Verdict.NO_CALL}
    skipped = sum(one.verdict in open_ for one in rows)
    suite = f"{outcome.folder.name}.{outcome.wanted.role.value}"
    cases = "".join(_case(suite, one) for one in rows)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<testsuites><testsuite name={_attribute(suite)}"
        f' timestamp="{outcome.run.at.isoformat()}"'
        f' tests="{len(rows)}" failures="{broken}" errors="0" skipped="{skipped}">\n'
        f"{cases}</testsuite></testsuites>\n"
    )
    return text.encode()


def _case(suite: str, one: Judged) -> str:
    row, why = one.requirement, _written("; ".join(one.why))
    name = _attribute(f"{row.number} {row.vi}")
    head = f"  <testcase classname={_attribute(suite)} name={name}"
    told = WORDS[one.verdict]
    match one.verdict:
        case Verdict.BROKEN:
            inside = f'<failure message="{told}">{escape(why)}</failure>'
        case Verdict.NOT_TRIED | Verdict.NO_CALL:
            inside = f"<skipped message={_attribute(f'{told}: {why}')}/>"
        case Verdict.ATTESTED:
            by = f"{told}: {one.by}, {one.on:%d/%m/%Y}" if one.on else told
            inside = f"<system-out>{escape(_written(by))}</system-out>"
        case _:
            return f"{head}/>\n"
    return f"{head}>{inside}</testcase>\n"


def _written(text: str) -> str:
    return _UNWRITABLE.sub("", text)


def _attribute(text: str) -> str:
    return quoteattr(_written(text))
