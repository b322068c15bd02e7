"""Offices that play themselves: hours, pace, courses; and files that no office can follow."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mockagency.behaviour import ADAPTERS, Behaviour, behaviour_of, read
from gateway.mockagency.hours import VIETNAM, read_hours

AGENCIES = sorted(path.parent.name for path in ADAPTERS.glob("*/behaviour.toml"))
NUMBERS = [f"H00.01-260310-{number:04d}" for number in range(2000)]
#: What a share of 2,000 dossiers may be off: four deviations of the broadest.
ROOM = 0.045


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00")


def shipped(agency: str, seed: str = "1") -> Behaviour:
    found = behaviour_of(agency, {"seed": seed})
    assert found is not None
    return found


def written(folder: Path, text: str) -> Path:
    path = folder / "tax.toml"
    path.write_text(text, "utf-8")
    return path


class TestWhatShips:
    def test_every_agency_whose_mock_works_has_a_behaviour(self) -> None:
        assert {"land_registry", "tax", "one_stop", "electricity", "water"} < {
            *AGENCIES
        }
        assert {"open", "manual", "civil_registry"} < {*AGENCIES}

    @pytest.mark.parametrize("agency", AGENCIES)
    def test_courses_come_about_as_often_as_their_share_says(self, agency: str) -> None:
        office = shipped(agency)
        found = Counter(
            course.name for number in NUMBERS if (course := office.course(number))
        )
        for course in office.courses:
            assert found[course.name] / len(NUMBERS) == pytest.approx(
                course.share, abs=ROOM
            )

    @pytest.mark.parametrize("agency", AGENCIES)
    @given(
        number=st.sampled_from(NUMBERS),
        day=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
        minute=st.integers(0, 1439),
        hours=st.floats(0, 300),
    )
    def test_no_work_ends_while_the_office_is_closed(
        self, agency: str, number: str, day: date, minute: int, hours: float
    ) -> None:
        office = shipped(agency)
        begun = datetime(day.year, day.month, day.day, tzinfo=VIETNAM) + timedelta(
            minutes=minute
        )
        done = office.worked(number, begun, hours)
        assert done >= begun
        if office.batch:
            assert done.timetz().replace(tzinfo=None) in office.batch
        else:
            assert office.hours.is_open(done)

    @pytest.mark.parametrize("agency", AGENCIES)
    @given(
        number=st.sampled_from(NUMBERS),
        hours=st.lists(st.floats(0, 300), min_size=2, max_size=6),
    )
    def test_a_dossiers_acts_keep_their_order(
        self, agency: str, number: str, hours: list[float]
    ) -> None:
        office, begun = shipped(agency), at("2026-03-10T07:30")
        ends = [office.worked(number, begun, one) for one in sorted(hours)]
        assert ends == sorted(ends)


def test_the_same_seed_draws_the_same_in_any_order() -> None:
    forth = {n: shipped("tax").scenario(n) for n in NUMBERS[:200]}
    office = shipped("tax")
    back = {n: office.scenario(n) for n in reversed(NUMBERS[:200])}
    assert forth == back


def test_another_seed_draws_otherwise() -> None:
    one, other = shipped("tax", "1"), shipped("tax", "2")
    assert [one.scenario(n) for n in NUMBERS[:50]] != [
        other.scenario(n) for n in NUMBERS[:50]
    ]


def test_tet_is_no_working_time() -> None:
    hours = read_hours({"spans": ["08:00-12:00", "13:00-17:00"]}, "t")
    friday = at("2026-02-13T15:00")
    assert hours.after(friday, timedelta(hours=3)) == at("2026-02-23T09:00")


def test_what_is_done_after_the_batch_is_told_on_the_next_working_day() -> None:
    office = shipped("tax")
    assert office.worked(NUMBERS[0], at("2026-03-13T16:31"), 0) == at(
        "2026-03-16T16:30"
    )


def test_a_folder_of_the_users_own_stands_in_for_what_ships(tmp_path: Path) -> None:
    text = (
        '[hours]\nspans = ["00:00-23:59"]\ndays = [1, 2, 3, 4, 5, 6, 7]\nclosed = []\n'
    )
    written(tmp_path, text)
    office = behaviour_of("tax", {"seed": "1", "folder": str(tmp_path)})
    assert office is not None
    assert office.courses == ()
    assert office.hours.is_open(at("2026-02-17T03:00"))


HOURS = '[hours]\nspans = ["07:30-11:30"]\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[hours]\nspans = ["11:30-07:30"]', "kết thúc trước khi bắt đầu"),
        ('[hours]\nspans = ["07:30-25:00"]', "không phải giờ trong ngày"),
        ('[hours]\nspans = ["7h30"]', "không phải khoảng giờ"),
        ('[hours]\nspans = ["07:30-11:30", "11:00-12:00"]', "chồng lên khoảng trước"),
        ("[hours]\nspans = []", "ít nhất một khoảng giờ"),
        ('[hours]\nspans = ["07:30-11:30"]\ndays = [8]', "từ 1 (thứ Hai)"),
        (
            '[hours]\nspans = ["07:30-11:30"]\nclosed = ["Tết"]',
            "không phải ngày nghỉ",
        ),
        ('[hours]\nspan = ["07:30-11:30"]', "không có khóa 'span'"),
        (HOURS + '[batch]\nat = ["4 rưỡi"]', "không phải giờ trong ngày"),
        (HOURS + "[pace]\nlognormal = [0, 1]", "không rút được"),
        (HOURS + "[pace]\nspeed = 2", "[pace] cần"),
        (HOURS + '[[course]]\nname = "a"\nshare = 1.5', "share phải là số từ 0 đến 1"),
        (
            HOURS + '[[course]]\nname = "a"\nshare = 0.6\n' * 2,
            "tổng share",
        ),
        (HOURS + "[[course]]\nshare = 0.5", "thiếu name"),
        (
            HOURS
            + '[[course]]\nname = "a"\nshare = 1\n[course.scenario]\npay = {one_of = []}',
            "tax.pay: {one_of = []}",
        ),
        (HOURS + "holiday = true", "không có khóa 'holiday'"),
        ("[hours", "không phải TOML"),
    ],
)
def test_a_file_that_no_office_can_follow_is_refused_with_its_place(
    tmp_path: Path, text: str, says: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ValueError, match=r"tax\.toml") as refused:
        read(path, "tax", "1")
    assert says in str(refused.value)
