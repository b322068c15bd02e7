"""What a company tells of its work, pushed or asked for, as reports."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest

from gateway.adapters.electricity.codes import read
from gateway.adapters.electricity.hosting import reply
from gateway.adapters.electricity.moments import appointment, moment, written
from gateway.adapters.electricity.reading import reports
from gateway.domain.identifiers import OfficeId
from gateway.domain.report import AgencyReport, ReportKind
from gateway.ports.agency import HostedOperation, InboundMessage
from gateway.ports.inbox import Part, PartResult
from tests.unit.adapters.electricity.company import CODES, NOW, company
from tests.unit.adapters.electricity.published import CODES as LISTS
from tests.unit.adapters.electricity.published import (
    SCHEMAS,
    is_valid,
    sample,
)

BEGUN = "2026-03-11 09:00:00"
BEGUN_AT = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
TOLD = {
    "MA_DVIQLY": "PX9901",
    "MA_HOSO_DVC": "H00.96.01-260310-0001",
    "MA_YCAU_KNAI": "990026031000001",
}


def row(step: str = "KS", **more: Any) -> dict[str, Any]:
    return {"MA_CVIEC": step, "SO_LAN": "1", "NGAY_BDAU": BEGUN, **more}


def told(*rows: dict[str, Any], **more: Any) -> tuple[AgencyReport, ...]:
    return reports({**TOLD, "TIEN_DO": [*rows], **more}, CODES, NOW)


def one(step: str = "KS", **more: Any) -> AgencyReport:
    (found,) = told(row(step, **more))
    return found


# ---------------------------------------------------------------- moments


@pytest.mark.parametrize(
    "text",
    [
        "2026/03/10 07:45:00",
        "2026-03-10 07:45:00",
        "2026-3-10 7:45:00",
        "10/3/2026 7:45:00",
        "10/03/2026 07:45:00",
        "3/10/2026 7:45:00 AM",
    ],
)
def test_moments_are_read_in_every_way(text: str) -> None:
    assert moment(text) == datetime(2026, 3, 10, 0, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "hour"),
    [("12:05:00 AM", 0), ("12:05:00 PM", 12), ("1:05:00 PM", 13), ("11:05:00 PM", 23)],
)
def test_halves_of_a_day_have_twelve_hours(text: str, hour: int) -> None:
    found = moment(f"3/10/2026 {text}")
    assert found is not None
    assert written(found) == f"2026/03/10 {hour:02}:05:00"


@pytest.mark.parametrize(
    "text",
    [
        *("", None, "hôm qua", "0001-01-01 00:00:00", "01/01/1900 00:00:00"),
        *("1999-12-31 23:59:59", "2026-02-30 08:00:00", "13/13/2026 08:00:00"),
        *("10/03/2026", "2026-03-10", "3/10/2026 13:00:00 PM", "2026/03-10 08:00:00"),
        "2026-03-10 24:00:00",
    ],
)
def test_a_moment_of_the_year_one_is_none(text: str | None) -> None:
    """Nor is anything else that is no real moment; nothing is put in its place."""
    assert moment(text) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("11/03/2026", "2026-03-11"),
        ("1/3/2026", "2026-03-01"),
        ("11-03-2026", "2026-03-11"),
        ("2026-03-11 10:00:00", "2026-03-11T10:00:00+07:00"),
        ("chiều thứ tư", ""),
        ("31/02/2026", ""),
        ("01/01/1900", ""),
    ],
)
def test_an_appointment_may_be_a_day_alone(text: str, found: str) -> None:
    assert appointment(text) == found
    assert one(NGAY_HEN=text).content.get("appointment", "") == found


def test_a_row_without_any_moment_is_of_its_arrival() -> None:
    found = one(NGAY_BDAU="0001-01-01 00:00:00", NGAY_KTHUC="")
    assert found.event_at == NOW
    assert found.content["row"]["NGAY_BDAU"] == "0001-01-01 00:00:00"


def test_the_sample_with_every_way_of_writing_is_read() -> None:
    content = sample("LayChiTietTienDo.reply.three_dates")
    found = reports(content, CODES, NOW)
    assert [report.facts["step"] for report in found] == ["TN", "KS", "TC", "BTT"]
    assert found[1].event_at == datetime(2026, 3, 11, 3, 30, tzinfo=UTC)
    assert found[2].event_at == datetime(2026, 3, 13, 9, 30, tzinfo=UTC)


# ---------------------------------------------------------------- steps


@pytest.mark.parametrize("step", LISTS["step"], ids=lambda step: str(step["code"]))
def test_each_step_is_the_report_of_its_row(step: dict[str, Any]) -> None:
    begun, done = one(step["code"]), one(step["code"], NGAY_KTHUC="2026-03-12 09:00:00")
    assert begun.kind == step["under_way"]
    ended = "refused" if step["done"] == "by_obstacle" else step["done"]
    assert done.kind == ended
    waits = step["under_way"] == "paused"
    assert begun.facts.get("waits_for") == ("customer" if waits else None)
    assert begun.facts.get("pause") == ("stopped" if waits else None)
    assert "waits_for" not in done.facts


@pytest.mark.parametrize(
    "obstacle",
    LISTS["obstacle"],
    ids=lambda one: f"{one['code']}-{one['valid_from']}",
)
def test_each_obstacle_is_the_report_of_its_row(obstacle: dict[str, Any]) -> None:
    day = f"{obstacle['valid_from']} 08:00:00"
    about = {"MA_TNGAI": obstacle["code"], "NGAY_BDAU": day}
    stands, over = one(**about), one(**about, NGAY_KTHUC=day)
    assert stands.kind == obstacle["report"]
    asked = obstacle["report"] == "supplement_request"
    assert over.kind == ("supplement_received" if asked else "progress")
    waits = obstacle["report"] == "paused"
    assert stands.facts.get("waits_for") == ("customer" if waits else None)
    assert obstacle["name"] in stands.content["note"]
    assert one("HU", **about, NGAY_KTHUC=day).kind == obstacle["ends_as"]


def test_one_code_means_what_it_meant_on_its_day() -> None:
    def of(day: str, **more: str) -> AgencyReport:
        return one(MA_TNGAI="KH02", NGAY_BDAU=f"{day} 08:00:00", **more)

    assert of("2025-12-31").kind is ReportKind.PAUSED
    assert of("2026-01-01").kind is ReportKind.PROGRESS
    # It counts when the obstacle arose, not when the step began.
    arose = of("2025-12-31", NGAY_TNGAI="2026-01-01 08:00:00")
    assert arose.kind is ReportKind.PROGRESS


@pytest.mark.parametrize("code", ["LA99", "DLTT"])
def test_nobody_guesses_who_is_waited_for(code: str) -> None:
    """An unknown code, and one that is not valid yet."""
    found = one(MA_TNGAI=code)
    assert (found.kind, found.facts["obstacle"]) == (ReportKind.PROGRESS, code)
    assert "waits_for" not in found.facts
    assert one("HU", MA_TNGAI=code, NGAY_KTHUC=BEGUN).kind is ReportKind.REFUSED


def test_an_unknown_step_is_progress_and_shown_as_it_is() -> None:
    found = one("ZZ", NGAY_KTHUC=BEGUN)
    assert (found.kind, found.facts["step"]) == (ReportKind.PROGRESS, "ZZ")


def test_a_cancellation_is_what_its_obstacle_says() -> None:
    (*_, found) = reports(sample("LayChiTietTienDo.reply.cancelled"), CODES, NOW)
    assert found.kind is ReportKind.WITHDRAWN
    refused = one("HU", NGAY_KTHUC=BEGUN)
    assert (refused.kind, refused.facts["cancelled"]) == (ReportKind.REFUSED, True)
    assert one("HU", MA_TNGAI="KHTC").kind is ReportKind.PROGRESS


def test_the_companys_count_of_days_decides_nothing() -> None:
    assert (
        one(SO_NGAY_LVIEC="9").fingerprint == one(SO_NGAY_LVIEC="không rõ").fingerprint
    )


def test_the_unit_that_has_it_now_is_told() -> None:
    (found,) = told(row(), MA_DVIQLY="PX9902")
    assert found.facts["unit"] == "PX9902"


def test_a_customer_code_is_learnt_when_it_comes() -> None:
    before = reports(sample("LayChiTietTienDo.reply"), CODES, NOW)
    done = sample("LayChiTietTienDo.reply.done")
    after = reports(done, CODES, NOW)
    code = done["MA_KHANG"]
    assert [found[-1].found_by for found in (before, after)] == [(), (code,)]
    assert after[-1].kind is ReportKind.FINISHED
    assert after[-1].content["customer_code"] == code
    assert after[-1].content["note"].endswith(f"mã khách hàng {code}")


def test_a_customer_code_is_no_number_of_one_dossier() -> None:
    (*_, found) = reports(sample("LayChiTietTienDo.reply.done"), CODES, NOW)
    known = {ref.kind for ref in (*found.about, *found.introduces)}
    assert known == {"ma_ho_so", "ma_ycau_knai"}


def test_who_worked_on_it_stays_sealed() -> None:
    found = one(MA_NVIEN_NHAN="vidu.nv", NDUNG_XLY="Đã hẹn ông Ví Dụ")
    assert "vidu" not in str(found.facts)
    assert found.content["row"]["MA_NVIEN_NHAN"] == "vidu.nv"


# ---------------------------------------------------------------- repeats and order


def test_the_turn_is_the_same_as_text_and_as_number() -> None:
    assert one(SO_LAN="1").fingerprint == one(SO_LAN=1).fingerprint
    assert one(SO_LAN="2").fingerprint != one(SO_LAN="1").fingerprint


def test_words_and_ways_of_writing_make_no_other_row() -> None:
    again = one(NGAY_BDAU="11/3/2026 9:00:00", NDUNG_XLY="sửa lời", MA_CVIECTIEP="PK")
    assert again.fingerprint == one().fingerprint


def test_a_row_that_changed_is_another_report() -> None:
    absent = {"MA_TNGAI": "KHVM", "NGAY_TNGAI": "2026-03-11 10:00:00"}
    states = [one(), one(**absent), one(**absent, NGAY_KTHUC="2026-03-12 08:00:00")]
    kinds = [ReportKind.PROGRESS, ReportKind.PAUSED, ReportKind.PROGRESS]
    assert [state.kind for state in states] == kinds
    assert len({state.fingerprint for state in states}) == 3
    hours = [state.event_at.hour for state in states if state.event_at]
    assert hours == [2, 3, 1]


def test_rows_are_told_in_the_order_of_their_times() -> None:
    ended = row("PC", NGAY_KTHUC="2026-03-11 09:00:00")
    late = row("KS", NGAY_BDAU="2026-03-12 09:00:00")
    first = row("TN", NGAY_BDAU="2026-03-10 09:00:00")
    steps = [r.facts["step"] for r in told(late, row("KS"), ended, first)]
    # At one time the one that ended comes first: the next began then.
    assert steps == ["TN", "PC", "KS", "KS"]


def test_late_news_has_its_own_earlier_time() -> None:
    again = one("KS", SO_LAN="2", NGAY_BDAU="2026-03-14 09:00:00")
    late = one("PK", NGAY_KTHUC="2026-03-11 11:00:00")
    assert again.event_at is not None
    assert late.event_at is not None
    assert again.event_at > BEGUN_AT
    assert late.event_at < again.event_at


def test_an_obstacle_that_is_over_comes_from_its_sample() -> None:
    stands = reports(sample("LayChiTietTienDo.reply.obstacle"), CODES, NOW)
    over = reports(sample("LayChiTietTienDo.reply.obstacle_over"), CODES, NOW)
    assert stands[-1].kind is ReportKind.PAUSED
    assert [r.kind for r in over] == [ReportKind.PROGRESS] * 3
    assert over[-1].facts["step"] == "KS"


def test_a_companys_own_list_of_obstacles_takes_the_place_of_the_documents() -> None:
    own: dict[str, Any] = {
        "code": "T7",
        "name": "khách hàng vắng",
        "waits_for": "customer",
        "report": "paused",
        "ends_as": "withdrawn",
        "valid_from": date(2026, 1, 1),
    }
    codes = read(SCHEMAS / "codes.toml", {"obstacle": [own]})
    (found,) = reports({**TOLD, "TIEN_DO": [row(MA_TNGAI="T7")]}, codes, NOW)
    assert found.kind is ReportKind.PAUSED
    assert codes.obstacle("KHVM", date(2026, 3, 1)) is None
    own.pop("ends_as")
    with pytest.raises(ValueError, match="ends_as"):
        read(SCHEMAS / "codes.toml", {"obstacle": [own]})


# ---------------------------------------------------------------- pushes


async def operation() -> HostedOperation:
    async with company() as there:
        (found,) = there.adapter.hosted
        return found


async def parts(content: object) -> list[Part]:
    hosted = await operation()
    assert hosted.parts is not None
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    message = InboundMessage(OfficeId("x"), hosted.name, body, {}, {}, NOW)
    return list(hosted.parts(message))


async def test_a_push_names_the_dossier_by_the_one_stops_number() -> None:
    (part,) = await parts(sample("CapNhatTienDo"))
    assert part.report is not None
    assert [(r.kind, r.value) for r in part.report.about] == [
        ("ma_ho_so", "H00.96.01-260310-0001"),
        ("ma_ycau_knai", "990026031000001"),
    ]


async def test_a_row_pushed_and_polled_is_one_report() -> None:
    rows = sample("LayChiTietTienDo.reply")["TIEN_DO"]
    pushed = await parts({**sample("CapNhatTienDo"), "TIEN_DO": rows})
    polled = reports(sample("LayChiTietTienDo.reply"), CODES, NOW)
    prints = [part.report.fingerprint for part in pushed if part.report]
    assert prints == [report.fingerprint for report in polled]


async def test_what_is_kept_of_a_push_is_kept_without_its_key() -> None:
    good, bad = sample("CapNhatTienDo"), sample("refused/CapNhatTienDo.no_rows")
    for content in (good, bad):
        for part in await parts(content):
            assert b"KHOA" not in part.raw
            assert b"khoa-cua-cong-ty" not in part.raw


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"MA_DVIQLY": "xin chào"}, "Sai kiểu dữ liệu: MA_DVIQLY"),
        ({"TIEN_DO": [{"MA_CVIEC": "KS", "SO_LAN": "1"}]}, "Thiếu trường: TIEN_DO.0"),
        ({"TIEN_DO": []}, "Sai kiểu dữ liệu: TIEN_DO"),
    ],
)
async def test_a_push_is_refused_by_the_name_of_a_field_without_its_value(
    change: dict[str, Any], said: str
) -> None:
    hosted = await operation()
    (part,) = await parts({**sample("CapNhatTienDo"), **change})
    assert part.refused is not None
    assert hosted.reply_parts is not None
    answer = orjson.loads(hosted.reply_parts([PartResult(part, "body_invalid")]).body)
    assert is_valid("callback-reply", answer)
    assert answer["TYPE"] == "ERROR"
    assert answer["MESSAGE"].startswith(said)
    assert "xin chào" not in answer["MESSAGE"]


async def test_what_was_taken_and_what_fits_no_dossier_is_answered_in_its_words() -> (
    None
):
    hosted = await operation()
    (part,) = await parts(sample("CapNhatTienDo"))
    assert hosted.reply_parts is not None
    assert hosted.secret is not None
    shown = [
        (hosted.reply_parts([PartResult(part)]), "taken"),
        (hosted.reply_parts([PartResult(part, "repeated")]), "taken"),
        (hosted.reply_parts([PartResult(part, "no_dossier")]), "unknown_dossier"),
        (hosted.secret.refusal, "key_refused"),
    ]
    for got, name in shown:
        said, meant = orjson.loads(got.body), sample(f"callback-reply.{name}")
        assert (got.status, said["TYPE"]) == (200, meant["TYPE"])
        assert said["MESSAGE"] == meant["MESSAGE"]


def test_our_own_words_are_no_answer_to_a_company() -> None:
    answer = orjson.loads(reply("Hỏng ở cổng, gọi quản trị", ok=False).body)
    assert answer == {"TYPE": "ERROR", "MESSAGE": "Sai kiểu dữ liệu"}


async def test_the_key_of_a_push_stands_in_its_body() -> None:
    secret = (await operation()).secret
    assert secret is not None
    body = orjson.dumps(sample("CapNhatTienDo"))
    assert secret.of(body) == "khoa-cua-cong-ty"
    assert [secret.of(b) for b in (b"{}", b"[]", b"x", b'{"KHOA": 7}')] == [""] * 4
