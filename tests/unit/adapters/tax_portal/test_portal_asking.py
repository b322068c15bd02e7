"""What ``TraCuuNghiaVu`` proves about a slip, and what its states report."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from gateway.adapters.tax.portal_mapping import slip_of
from gateway.adapters.tax.portal_reading import found_in, reports
from gateway.domain.attempt import Outcome
from gateway.domain.identifiers import OfficeId
from gateway.domain.obligation import Ledger
from gateway.domain.report import AgencyReport, ReportKind
from gateway.ports.agency import Answer
from gateway.routing import money
from tests.unit.adapters.tax_portal.portal_stand import (
    CHECK,
    NOW,
    NUMBER,
    portal,
    saying,
    silent,
    slip,
)
from tests.unit.adapters.tax_portal.published import is_valid, sample

STATES = (
    "CHUA_CO",
    "DANG_XU_LY",
    "DA_CO_THONG_BAO",
    "DA_HOAN_THANH",
    "MIEN",
    "GHI_NO",
    "TRA_LAI",
    "DA_THU_HOI",
)
KINDS: dict[str, list[ReportKind]] = {
    "DANG_XU_LY": [],
    "DA_CO_THONG_BAO": [ReportKind.NOTICES],
    "adjusted": [ReportKind.NOTICES],
    "DA_HOAN_THANH": [ReportKind.NOTICES, ReportKind.PAID],
    "MIEN": [ReportKind.EXEMPTED],
    "GHI_NO": [ReportKind.NOTICES, ReportKind.DEFERRED],
    "TRA_LAI": [ReportKind.TAX_RETURNED],
    "DA_THU_HOI": [ReportKind.NOTICES],
}
ROAD = OfficeId("tax-cong")


def data(state: str, **changes: Any) -> dict[str, Any]:
    """``Data`` of a sample with other fields; None takes one away."""
    found = copy.deepcopy(sample(f"TraCuuNghiaVu.reply.{state}")["Data"]) | changes
    return {name: value for name, value in found.items() if value is not None}


def row(**changes: str) -> dict[str, str]:
    first: dict[str, str] = data("DANG_XU_LY")["DanhSachPhieu"][0]
    return first | changes


async def asked(told: dict[str, Any], how: str = "enquire", **message: Any) -> Answer:
    """What our adapter makes of an answer's ``Data``."""
    async with portal() as there:
        there.answer = lambda _body: saying("Tra cứu thành công", "0", Data=told)
        if how == "enquire":
            return await there.adapter.enquire(slip(**message), timeout_s=5)
        (answer,) = await there.adapter.poll([slip(**message)], timeout_s=5)
        return answer


def told_by(state: str, **changes: Any) -> tuple[AgencyReport, ...]:
    content = {"error_code": "0", "message": "Tra cứu thành công"}
    raw = json.dumps({**content, "Data": data(state, **changes)}).encode()
    about = slip_of(slip())
    found = found_in(raw, about, CHECK)
    assert found is not None
    return reports(found, NOW)


# ---------------------------------------------------------------- what proves what


async def test_an_enquiry_leaves_as_the_document_shows_it() -> None:
    async with portal() as there:
        there.says("TraCuuNghiaVu.reply.DANG_XU_LY.json")
        await there.adapter.enquire(slip(), timeout_s=5)
        (got,) = there.got
    assert is_valid("TraCuuNghiaVu", got)
    assert got["Data"] == sample("TraCuuNghiaVu")["Data"]
    assert got["IsUpdating"] == "False"


@pytest.mark.parametrize("state", STATES)
async def test_every_state_but_one_shows_that_the_slip_arrived(state: str) -> None:
    told = await asked(data(state))
    arrived = state != "CHUA_CO"
    wanted = Outcome.DELIVERED if arrived else Outcome.NOT_DELIVERED
    assert told.outcome is wanted


async def test_a_dossier_without_this_slip_proves_that_it_did_not_arrive() -> None:
    for other in (row(SoPhieu="0009/PCTT"), row(LoaiPhieu="11")):
        told = await asked(data("DANG_XU_LY", DanhSachPhieu=[other]))
        assert (told.outcome, told.code) == (Outcome.NOT_DELIVERED, "never_arrived")


async def test_other_bytes_under_this_number_are_looked_at_by_a_person() -> None:
    other = row(MaBam="0" * 64)
    told = await asked(data("DANG_XU_LY", DanhSachPhieu=[other]))
    assert told.outcome is Outcome.NEEDS_CONFIGURATION
    assert told.code == "another_content_on_file"
    assert "hai nội dung" in told.remedy


async def test_a_state_alone_proves_nothing_without_the_list_of_slips() -> None:
    told = await asked(data("DANG_XU_LY", DanhSachPhieu=None))
    assert told.outcome is Outcome.CONTRACT_BROKEN


@pytest.mark.parametrize(
    "changes",
    [{"MaHoSo": "H00.96.01-260707-0002"}, {"SoPhieu": "0002/PCTT"}],
)
async def test_never_arrived_counts_for_the_very_numbers_only(
    changes: dict[str, str],
) -> None:
    told = await asked(data("CHUA_CO", **changes))
    assert (told.outcome, told.code) == (Outcome.CONTRACT_BROKEN, "state_contradicts")


@pytest.mark.parametrize("state", STATES[1:])
async def test_an_answer_about_another_dossier_tells_nothing(state: str) -> None:
    told = await asked(data(state, MaHoSo="H00.96.01-260707-0002"), "poll")
    assert (told.outcome, told.reports) == (Outcome.CONTRACT_BROKEN, ())


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("reply.busy.json", Outcome.UNKNOWN),
        ("reply.overload.json", Outcome.UNKNOWN),
        ("reply.too_many_requests.http", Outcome.UNKNOWN),
        ("reply.not_admitted.http", Outcome.UNKNOWN),
        ("reply.unsuccessful.json", Outcome.UNKNOWN),
        ("reply.system_error.json", Outcome.UNKNOWN),
        ("reply.server_error.http", Outcome.UNKNOWN),
        ("reply.not_authorised.http", Outcome.NEEDS_CONFIGURATION),
        ("reply.sender_unknown.json", Outcome.NEEDS_CONFIGURATION),
        ("reply.already_there.json", Outcome.CONTRACT_BROKEN),
        ("reply.accepted.json", Outcome.CONTRACT_BROKEN),
    ],
)
async def test_trouble_with_an_enquiry_says_nothing_about_the_slip(
    name: str, outcome: Outcome
) -> None:
    async with portal() as there:
        there.says(name)
        told = await there.adapter.enquire(slip(), timeout_s=5)
        (polled,) = await there.adapter.poll([slip()], timeout_s=5)
    assert told.outcome is outcome
    assert (polled.outcome, polled.reports) == (outcome, ())


async def test_an_enquiry_that_nobody_answers_says_nothing() -> None:
    async with silent() as (adapter, _):
        told = await adapter.enquire(slip(), timeout_s=0.3)
    assert (told.outcome, told.code) == (Outcome.UNKNOWN, "timeout")


async def test_an_enquiry_that_cannot_be_made_says_nothing() -> None:
    async with portal() as there:
        told = await there.adapter.enquire(slip(), timeout_s=0)
        assert there.got == []
    assert told.outcome is Outcome.UNKNOWN


async def test_a_delivered_slip_that_is_not_there_any_more_is_told_to_people() -> None:
    told = await asked(data("CHUA_CO"), "poll")
    assert told.outcome is Outcome.CONTRACT_BROKEN
    assert told.code == "delivered_slip_not_found"


# ---------------------------------------------------------------- what states report


@pytest.mark.parametrize("state", KINDS)
async def test_a_state_reports_what_it_tells_and_no_more(state: str) -> None:
    told = await asked(data(state), "poll")
    assert told.outcome is Outcome.DELIVERED
    assert [report.kind for report in told.reports] == KINDS[state]
    for report in told.reports:
        assert report.about[0].value == NUMBER
        assert report.event_at == NOW


def test_notices_carry_what_the_ledger_needs() -> None:
    (told,) = told_by("adjusted")
    rows = {r["number"]: r for r in told.content["notices"]}
    assert rows["000001-01/TB"] == {
        "number": "000001-01/TB",
        "kind": "Thuế thu nhập cá nhân",
        "amount": "20000000",
        "issued_on": "2026-07-10",
        "due_on": "2026-08-09",
        "state": "adjusted",
        "replaced_by": "000001-03/TB",
    }
    assert rows["000001-03/TB"]["state"] == "valid"
    assert told.facts == {"notices": 3, "adjusts": True}


@pytest.mark.parametrize("state", KINDS)
def test_a_state_told_again_is_the_same_report(state: str) -> None:
    first = [report.fingerprint for report in told_by(state)]
    assert first == [report.fingerprint for report in told_by(state)]
    assert len(set(first)) == len(first)


def test_reports_do_not_depend_on_the_order_of_the_notices() -> None:
    turned = data("DA_CO_THONG_BAO")["DanhSachThongBao"][::-1]
    (first,), (second,) = (
        told_by("DA_CO_THONG_BAO"),
        told_by("DA_CO_THONG_BAO", DanhSachThongBao=turned),
    )
    assert first.fingerprint == second.fingerprint


def test_interest_that_was_paid_later_is_another_payment() -> None:
    rows = data("DA_HOAN_THANH")["DanhSachThongBao"]
    late = rows[1] | {
        "SoQuyetDinh": "000001-09/TB",
        "TenTieuMuc": "Tiền chậm nộp",
        "SoTien": "1000",
    }
    changes = {"TongPhaiNop": "23001000", "TongDaNop": "23001000"}
    more = told_by("DA_HOAN_THANH", DanhSachThongBao=[*rows, late], **changes)
    known = {report.fingerprint for report in told_by("DA_HOAN_THANH")}
    assert known.isdisjoint(report.fingerprint for report in more)


def test_another_due_date_is_news() -> None:
    rows = data("DA_CO_THONG_BAO")["DanhSachThongBao"]
    later = [rows[0] | {"HanNop": "10-08-2026"}, rows[1]]
    (first,) = told_by("DA_CO_THONG_BAO")
    (second,) = told_by("DA_CO_THONG_BAO", DanhSachThongBao=later)
    assert first.fingerprint != second.fingerprint


@pytest.mark.parametrize(
    ("state", "changes"),
    [
        ("DA_CO_THONG_BAO", {"TongConPhaiNop": "24000000"}),
        ("DA_CO_THONG_BAO", {"TongPhaiNop": "1", "TongConPhaiNop": "1"}),
        ("DA_CO_THONG_BAO", {"TongConPhaiNop": "0", "TongDaNop": "25000000"}),
        ("DA_HOAN_THANH", {"TongConPhaiNop": "1"}),
        ("DA_HOAN_THANH", {"TongDaNop": "22999999"}),
        ("MIEN", {"TongPhaiNop": "1"}),
        ("GHI_NO", {"TongDaNop": "25000000"}),
        ("TRA_LAI", {"LyDo": None}),
        ("DANG_XU_LY", {"TrangThai": "LA"}),
    ],
)
async def test_a_state_that_its_totals_contradict_tells_nothing(
    state: str, changes: dict[str, Any]
) -> None:
    told = await asked(data(state, **changes), "poll")
    assert (told.outcome, told.reports) == (Outcome.CONTRACT_BROKEN, ())


async def test_nothing_is_deferred_without_a_notice_that_says_so() -> None:
    rows = [r | {"TrangThai": "1"} for r in data("GHI_NO")["DanhSachThongBao"]]
    told = await asked(data("GHI_NO", DanhSachThongBao=rows), "poll")
    assert (told.outcome, told.reports) == (Outcome.CONTRACT_BROKEN, ())


async def test_a_day_that_does_not_exist_tells_nothing() -> None:
    rows = data("DA_CO_THONG_BAO")["DanhSachThongBao"]
    rows[0]["HanNop"] = "31-02-2026"
    told = await asked(data("DA_CO_THONG_BAO", DanhSachThongBao=rows), "poll")
    assert (told.outcome, told.reports) == (Outcome.CONTRACT_BROKEN, ())


@pytest.mark.parametrize(
    "name", ["state_unknown", "found_without_data", "paid_but_owed"]
)
async def test_what_the_document_calls_no_answer_is_none(name: str) -> None:
    async with portal() as there:
        there.says(f"refused/TraCuuNghiaVu.reply.{name}.json")
        (told,) = await there.adapter.poll([slip()], timeout_s=5)
    assert (told.outcome, told.reports) == (Outcome.CONTRACT_BROKEN, ())


# ---------------------------------------------------------------- in the ledger


def ledger_after(*told: AgencyReport) -> tuple[Ledger, list[str | None]]:
    ledger, effects = Ledger(), []
    for report in told:
        ledger, effect = money.told(ledger, report, ROAD)
        effects.append(effect.value if effect else None)
    return ledger, effects


def test_all_paid_settles_notices_that_were_replaced_on_the_way() -> None:
    first = told_by("DA_CO_THONG_BAO")
    ledger, effects = ledger_after(*first, *told_by("DA_HOAN_THANH"))
    assert effects == ["due", "due", "paid"]
    assert ledger.open == ()


def test_a_debt_leaves_nothing_open_and_is_not_paid() -> None:
    ledger, effects = ledger_after(*told_by("GHI_NO"))
    assert effects[-1] == "deferred"
    assert ledger.open == ()


def test_a_withdrawn_slip_takes_its_notices_back() -> None:
    first = told_by("DA_CO_THONG_BAO")
    ledger, effects = ledger_after(*first, *told_by("DA_THU_HOI"))
    assert effects == ["due", "withdrawn"]
    assert ledger.open == ()
