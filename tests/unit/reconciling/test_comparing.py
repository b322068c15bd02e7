"""Which class a pair of rows falls into, and what is said of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.reconciling.comparing import compare
from gateway.reconciling.kinds import Kind, Row, Standing
from gateway.reconciling.sentences import LATE_ON_PAPER, Names
from tests.lists import DAY

if TYPE_CHECKING:
    from gateway.reconciling.kinds import Finding

NAMES = Names("một cửa", "cơ quan")
CODE = "H00.01-260310-0001"
WORDS = {
    Standing.OPEN: "Đang xử lý",
    Standing.WAITING: "Chờ bổ sung",
    Standing.FINISHED: "Đã xong",
    Standing.REFUSED: "Từ chối giải quyết",
    Standing.WITHDRAWN: "Đã rút",
}
OPEN, WAITING, FINISHED, REFUSED, WITHDRAWN = WORDS
DUE = date(2026, 3, 20)


def row(standing: Standing, **more: object) -> Row:
    values = {"at": "hàng 2", "code": CODE, "key": CODE, "word": WORDS[standing]}
    return Row(**{**values, "standing": standing, **more})  # type: ignore[arg-type]


def judged(here: Row, there: Row) -> Finding:
    (finding,) = compare([here], [there], day=DAY, names=NAMES)
    return finding


@pytest.mark.parametrize(
    ("here", "there", "kind"),
    [
        (OPEN, FINISHED, Kind.FINISHED_THERE),
        (WAITING, FINISHED, Kind.FINISHED_THERE),
        (OPEN, WAITING, Kind.WAITING_THERE),
        (OPEN, OPEN, Kind.AGREES),
        (WAITING, WAITING, Kind.AGREES),
        (FINISHED, FINISHED, Kind.AGREES),
        (REFUSED, REFUSED, Kind.AGREES),
        (WITHDRAWN, WITHDRAWN, Kind.AGREES),
        (WAITING, OPEN, Kind.DIFFERS),
        (FINISHED, OPEN, Kind.DIFFERS),
        (FINISHED, WAITING, Kind.DIFFERS),
        (OPEN, REFUSED, Kind.DIFFERS),
        (OPEN, WITHDRAWN, Kind.DIFFERS),
        (WAITING, REFUSED, Kind.DIFFERS),
        (FINISHED, REFUSED, Kind.DIFFERS),
        (WITHDRAWN, FINISHED, Kind.DIFFERS),
    ],
)
def test_two_standings_have_one_class(
    here: Standing, there: Standing, kind: Kind
) -> None:
    finding = judged(row(here), row(there))
    assert finding.kind is kind
    assert bool(finding.sentence) == (kind is not Kind.AGREES)


@pytest.mark.parametrize(
    ("here", "there"), [(a, b) for a in WORDS for b in WORDS if a is not b]
)
def test_every_sentence_says_who_is_to_act_and_has_no_english(
    here: Standing, there: Standing
) -> None:
    sentence = judged(row(here), row(there)).sentence
    assert sentence.endswith(".")
    assert any(w in sentence.lower() for w in ("bộ phận một cửa", "cơ quan", "hai bên"))
    assert not any(str(standing) in sentence for standing in Standing)


def test_what_was_done_in_time_there_and_is_open_here_is_late_on_paper_only() -> None:
    finding = judged(row(OPEN, due=DUE), row(FINISHED, ended=DUE))
    assert finding.paper_days == (DAY - DUE).days
    assert LATE_ON_PAPER in finding.sentence.lower()
    assert "quá hạn 5 ngày" in finding.sentence


def test_what_was_ended_late_here_though_in_time_there_is_late_on_paper_only() -> None:
    ended = DUE + timedelta(days=3)
    finding = judged(row(FINISHED, due=DUE, ended=ended), row(FINISHED, ended=DUE))
    assert (finding.kind, finding.paper_days) == (Kind.DIFFERS, 3)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (row(OPEN, due=DUE), row(FINISHED, ended=DUE + timedelta(days=1))),
        (row(OPEN, due=DUE), row(FINISHED)),
        (row(OPEN), row(FINISHED, ended=DUE)),
        (row(OPEN, due=DAY), row(FINISHED, ended=DUE)),
        (row(WAITING, due=DUE), row(FINISHED, ended=DUE)),
        (row(OPEN, due=DUE), row(OPEN, ended=DUE)),
        (row(FINISHED, due=DUE, ended=DAY, handed_out=True), row(FINISHED, ended=DUE)),
    ],
    ids=[
        "late",
        "no day",
        "no due day",
        "not yet due",
        "clock stands",
        "open there",
        "handed out later",
    ],
)
def test_what_is_not_surely_late_on_paper_only_is_not_called_so(
    here: Row, there: Row
) -> None:
    assert judged(here, there).paper_days == 0


@pytest.mark.parametrize(
    ("here", "there", "said"),
    [
        (
            row(OPEN, received=DUE),
            row(OPEN, received=DUE - timedelta(days=1)),
            "ghi tiếp nhận ngày 19/03/2026, trước ngày một cửa",
        ),
        (row(OPEN, due=DUE), row(OPEN, due=DAY), "Ngày hẹn trả khác nhau"),
        (
            row(FINISHED, ended=DUE),
            row(FINISHED, ended=DAY),
            "trước khi cơ quan xong ngày 25/03/2026",
        ),
        (
            row(OPEN, applicant="Nguyễn Văn Ví Dụ"),
            row(OPEN, applicant="Trần Thị Mẫu"),
            "Chủ hồ sơ ghi khác nhau",
        ),
        (
            row(OPEN, place="Chi nhánh Mẫu 1"),
            row(OPEN, place="Đã chuyển bộ phận một cửa"),
            "gọi nhau xác nhận hồ sơ đang ở đâu",
        ),
    ],
    ids=["received", "due", "ended", "person", "place"],
)
def test_values_that_cannot_both_be_true_are_told(
    here: Row, there: Row, said: str
) -> None:
    finding = judged(here, there)
    assert finding.kind is Kind.DIFFERS
    assert said in finding.sentence


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (
            row(OPEN, applicant="Nguyễn Văn Ví Dụ"),
            row(OPEN, applicant="Ông NGUYEN VAN VI DU và vợ"),
        ),
        (row(OPEN, applicant="Nguyễn Văn Ví Dụ"), row(OPEN)),
        (row(OPEN, place="Chi nhánh Mẫu 1"), row(OPEN, place="Tổ đo đạc")),
        (row(OPEN, received=DUE), row(OPEN, received=DUE + timedelta(days=1))),
        (row(FINISHED, ended=DAY), row(FINISHED, ended=DUE)),
    ],
    ids=["one name", "no name", "desks", "received next day", "handed out later"],
)
def test_values_that_may_both_be_true_are_no_difference(here: Row, there: Row) -> None:
    assert judged(here, there).kind is Kind.AGREES


def test_a_forgotten_click_on_what_may_be_another_dossier_carries_a_warning() -> None:
    finding = judged(row(OPEN, applicant="A Mẫu"), row(FINISHED, applicant="B Khác"))
    assert finding.kind is Kind.FINISHED_THERE
    assert "Lưu ý: Chủ hồ sơ ghi khác nhau" in finding.sentence


def test_no_name_stands_in_a_sentence() -> None:
    finding = judged(row(OPEN, applicant="A Mẫu"), row(FINISHED, applicant="B Khác"))
    assert "Mẫu" not in finding.sentence
    assert "Khác" not in finding.sentence
