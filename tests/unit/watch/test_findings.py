"""What is an alert, and what is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from gateway.calendar.opening import Opening
from gateway.calendar.working_time import working_time
from gateway.domain.alert import Holding, Severity
from gateway.domain.identifiers import AgencyId, OfficeId
from gateway.domain.lane import Lane, LaneState
from gateway.domain.legal_day import VIETNAM
from gateway.domain.opening import Hours
from gateway.ports.incarnations import Incarnation
from gateway.ports.nodes import KnownNode
from gateway.watch import findings
from gateway.watch.alert_limits import AlertLimits
from gateway.watch.engine import LOOP, Finding

NAME = "Văn phòng đăng ký đất đai Mẫu"
LIMIT = timedelta(minutes=15)
DAYS = working_time({"2026": {"hours": [{"from": "07:30", "to": "17:00"}]}})
OFFICE = Opening((Hours(7 * 60 + 30, 17 * 60),), DAYS)
#: A Tuesday.
MORNING = datetime(2026, 3, 10, 8, 0, tzinfo=VIETNAM)


def lane(state: LaneState = LaneState.CLOSED, **changed: Any) -> Lane:
    values: dict[str, Any] = {"since": MORNING, "why": "timeout", **changed}
    return Lane(OfficeId("land-1"), AgencyId("land_registry"), state, **values)


def found(
    one: Lane, after: timedelta = LIMIT, opening: Opening | None = OFFICE
) -> Holding | None:
    return findings.lane(one, opening, one.since + after, LIMIT, NAME)


def test_a_road_that_stays_shut_is_told_in_words_with_what_is_to_be_done() -> None:
    assert found(lane(), LIMIT - timedelta(seconds=1)) is None
    told = found(lane())
    assert told is not None
    assert told.reason.startswith(f"{NAME}: không gửi được: ")
    assert told.reason.endswith("từ 08:00 ngày 10/03/2026")
    assert "Gọi đầu mối kỹ thuật" in told.next_action
    assert (told.severity, told.page) == (Severity.CRITICAL, "/console/don-vi#land-1")


@pytest.mark.parametrize(
    "state",
    [LaneState.OPEN, LaneState.SHADOW, LaneState.MAINTENANCE, LaneState.HELD],
)
def test_what_is_open_planned_or_in_shadow_is_none(state: LaneState) -> None:
    assert found(lane(state), timedelta(days=3)) is None


def test_hours_in_which_the_office_is_shut_do_not_count() -> None:
    evening = lane(since=MORNING.replace(hour=16, minute=50))
    assert found(evening, timedelta(hours=14)) is None
    told = found(evening, timedelta(hours=14, minutes=46))
    assert told is not None, "ten minutes of yesterday and five of today"
    assert found(evening, timedelta(hours=14), None) is not None


def test_a_road_that_was_told_of_does_not_end_when_the_office_goes_home() -> None:
    for hours in (1, 5, 10, 20, 30):
        assert found(lane(), timedelta(hours=hours)) is not None


def test_what_people_typed_is_not_told() -> None:
    typed = "theo yêu cầu của ông Nguyễn Văn Ví Dụ"
    for emergency, severity in ((False, Severity.WARNING), (True, Severity.CRITICAL)):
        told = found(lane(LaneState.PAUSED, why=typed, emergency=emergency))
        assert told is not None
        assert typed not in f"{told.reason} {told.next_action}"
        assert told.severity is severity
        assert ("dừng khẩn cấp" in told.reason) == emergency


def test_the_engine_and_its_loops_are_told_apart_and_only_where_they_stand() -> None:
    standing = [
        Finding("send", "land-1", MORNING, 12, "t_1"),
        Finding(LOOP, "delivery", MORNING, 1),
    ]
    (stall,) = findings.stalls(standing, lambda _: NAME)
    assert stall.reason.startswith(f"{NAME}: 12 lượt gửi đến hạn")
    assert (stall.subject, stall.count, stall.first) == ("send:land-1", 12, "t_1")
    (loop,) = findings.loops(standing, "node-1")
    assert loop.subject == "node-1:delivery"


@pytest.mark.parametrize(
    ("used", "severity"),
    [
        (69, None),
        (70, Severity.WARNING),
        (89, Severity.WARNING),
        (90, Severity.CRITICAL),
        (100, Severity.CRITICAL),
    ],
)
def test_a_disk_warns_before_it_is_full(used: int, severity: Severity | None) -> None:
    told = findings.disk(used, 100, MORNING, node="n", limits=(70, 90))
    assert (told.severity if told else None) == severity
    assert findings.disk(0, 0, MORNING, node="n", limits=(70, 90)) is None


def test_a_journal_is_told_of_only_while_the_same_line_stays_without_a_seal() -> None:
    watch = findings.SealWatch(LIMIT)
    assert watch.look(MORNING, 0.0) is None
    assert watch.look(MORNING + LIMIT, 900.0) is None, "the sealer goes on"
    assert watch.look(MORNING + LIMIT, 1_799.0) is None
    assert watch.look(MORNING + LIMIT, 1_800.0) is not None
    assert watch.look(None, 9_000.0) is None
    assert watch.look(MORNING, 9_001.0) is None


@pytest.mark.parametrize(
    ("day", "years", "missing"),
    [
        (date(2026, 11, 30), {"2026": {}}, ""),
        (date(2026, 12, 1), {"2026": {}}, "2027"),
        (date(2026, 12, 31), {"2026": {}}, "2027"),
        (date(2026, 12, 31), {"2026": {}, "2027": {}}, ""),
        (date(2027, 1, 1), {"2026": {}}, ""),
    ],
)
def test_in_december_the_next_years_calendar_has_to_be_there(
    day: date, years: dict[str, Any], missing: str
) -> None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=VIETNAM)
    told = findings.calendar(years, noon)
    assert (told.subject if told else "") == missing


def test_a_restore_is_told_from_its_first_start_until_somebody_has_looked() -> None:
    noted = Incarnation(1, "", None, "quan-tri", "Hỏng đĩa", MORNING)
    open_ = replace(noted, number=2, point=MORNING, begun_at=MORNING)
    looked = replace(open_, number=3, acknowledged_at=MORNING)
    (told,) = findings.restored([noted, open_, looked])
    assert (told.subject, told.severity) == ("2", Severity.CRITICAL)
    assert "restored acknowledge 2" in told.next_action
    assert "Hỏng đĩa" not in told.reason


def test_the_last_evening_of_november_is_not_december_yet() -> None:
    assert findings.calendar({}, datetime(2026, 11, 30, 16, 59, tzinfo=UTC)) is None
    assert findings.calendar({}, datetime(2026, 11, 30, 17, 0, tzinfo=UTC)) is not None


def test_a_certificate_is_told_of_before_it_ends_and_after() -> None:
    month = timedelta(days=30)
    ends = [
        findings.Expiry("far", MORNING + month),
        findings.Expiry("near", MORNING + timedelta(days=29)),
        findings.Expiry("soon", MORNING + timedelta(days=2)),
        findings.Expiry("over", MORNING - timedelta(days=1)),
    ]
    told = list(findings.expiries(ends, MORNING, month, node="n"))
    assert [(one.subject, one.severity) for one in told] == [
        ("n:near", Severity.WARNING),
        ("n:soon:7", Severity.CRITICAL),
        ("n:over:7", Severity.CRITICAL),
    ]
    assert "đã hết hạn" in told[-1].reason


def test_a_certificate_is_told_of_anew_at_sixty_fourteen_and_seven_days() -> None:
    limit = AlertLimits().expiry

    def told(days: float) -> list[str]:
        one = findings.Expiry("a", MORNING + timedelta(days=days))
        return [x.subject for x in findings.expiries([one], MORNING, limit, node="n")]

    subjects = [told(days) for days in (61, 59, 15, 13, 8, 6)]
    assert subjects == [[], ["n:a"], ["n:a"], ["n:a:14"], ["n:a:14"], ["n:a:7"]]


def test_a_node_that_is_heard_of_no_more_is_told_and_one_that_lives_is_not() -> None:
    nodes = [
        KnownNode("a", MORNING, (), {}),
        KnownNode("b", MORNING, (), {}, is_alive=False),
    ]
    assert [one.subject for one in findings.nodes_away(nodes, MORNING)] == ["b"]


def test_only_roads_that_are_used_are_told_of() -> None:
    failing = {"mail": (MORNING, "mail_not_sent"), "webhook": (MORNING, "x")}
    (told,) = findings.channels(failing, ["mail", "heartbeat"])
    assert told.key == ("channel_failing", "mail")
