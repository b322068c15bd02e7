"""A company in Node, written from the interface document alone, passes the kit in both roles."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.conformance.partner.requirements import How
from gateway.conformance.partner.trying import Wanted, conform
from gateway.conformance.partner.verdicts import Overall, Verdict
from gateway.conforming import Role
from gateway.wiring import free_ports
from tests.conformance.partner.kit import broken, impatient, of, quietly, read
from tests.counterparts import company

SENDER, COMPANY = "khoa-cua-ben-gui", "khoa-cua-cong-ty"
#: TLS lies before it, and only people of a company can say the rest.
NEEDS_A_REAL_PLACE = {"DL-205"}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("role", [*Role])
async def test_a_company_written_from_its_document_alone_breaks_nothing(
    role: Role,
) -> None:
    kit, port = read("electricity"), free_ports.free_port()
    told = {
        "THU": "1",
        "NHANH_MS": "20",
        "GUI_LAI_MS": "100",
        "GOI_VE": f"http://127.0.0.1:{port}",
        "KHOA_GOI_VE": COMPANY,
    }
    usual = impatient(
        kit.usual,
        poll_s=0.02,
        call_s=10,
        repeat_s=0.1,
        repeat_wait_s=5,
        most_repeats_s=20,
    )
    async with company(**told) as node:
        preset = replace(
            usual,
            listen=f"127.0.0.1:{port}",
            keys={"sender": SENDER, "company": COMPANY},
            codes={**usual.codes, "customer": "PX99000000001"},
            acts_url=f"{node.base}/thu",
        )
        wanted = Wanted(role, node.base)
        outcome = await conform(kit, preset, wanted, quietly())

    assert broken(outcome) == {}
    assert of(outcome, Verdict.NO_CALL) == set()
    attested = {row.number for row in kit.requirements.rows if row.how is How.ATTEST}
    untried = of(outcome, Verdict.NOT_TRIED) - attested - NEEDS_A_REAL_PLACE
    assert untried == set()
    assert outcome.overall is Overall.INCOMPLETE
