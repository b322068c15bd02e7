"""Answers are told apart by data, and nothing that no row knows is success."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.carriers.replies import Replies, seconds_asked
from gateway.domain.attempt import Outcome

TABLE = """
[[reply]]
code = "accepted"
http = 200
fields = { data = "1" }
outcome = "delivered"
sample = "reply.accepted.json"

[[reply]]
code = "already_there"
operations = ["hand_over"]
http = 200
fields = { data = "0" }
phrase = "đã tồn tại"
outcome = "duplicate"

[[reply]]
code = "not_known"
http = [200, 404]
fields = { data = ["0", "none"] }
phrase = ["không tìm thấy", "chưa có"]
outcome = "refused"
reason = "Cơ quan không có hồ sơ này"
next_action = "Một cửa kiểm tra số biên nhận."

[[reply]]
code = "busy"
http = 503
fields = { Retry-After = "*" }
outcome = "not_delivered"
reason = "Cơ quan đang quá tải"
next_action = "Cổng tự gửi lại."

[[reply]]
code = "broken"
http = [500, 503]
fields = { Retry-After = "" }
outcome = "unknown"
reason = "Máy chủ của cơ quan báo lỗi"
next_action = "Cổng hỏi lại hoặc gửi lại."
"""


@pytest.fixture
def replies() -> Replies:
    return Replies.load(TABLE)


def code(
    replies: Replies,
    http: int,
    fields: dict[str, str],
    text: str = "",
    operation: str = "hand_over",
) -> str | None:
    row = replies.classify(operation, http, fields, text)
    return row.code if row else None


def test_the_first_row_that_fits_wins(replies: Replies) -> None:
    said = "Hồ sơ đã tồn tại, không tìm thấy gì mới"
    assert code(replies, 200, {"data": "0"}, said) == "already_there"
    found = replies.matching("hand_over", 200, {"data": "0"}, said)
    assert [row.code for row in found] == ["already_there", "not_known"]


def test_a_field_decides_before_any_phrase(replies: Replies) -> None:
    assert code(replies, 200, {"data": "1"}, "Hồ sơ đã tồn tại") == "accepted"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_phrases_are_compared_composed_and_without_case(
    replies: Replies, form: str
) -> None:
    said = unicodedata.normalize(form, "HỒ SƠ ĐÃ TỒN TẠI trên hệ thống")  # type: ignore[arg-type]
    assert code(replies, 200, {"data": "0"}, said) == "already_there"


def test_a_row_holds_only_for_its_operations(replies: Replies) -> None:
    said = "Hồ sơ đã tồn tại"
    assert code(replies, 200, {"data": "0"}, said, operation="supplement") is None


@pytest.mark.parametrize(
    ("http", "fields", "text"),
    [
        (201, {"data": "1"}, ""),
        (200, {}, "Tiếp nhận thành công"),
        (200, {"data": "2"}, ""),
        (200, {"data": "0"}, "Câu chưa ai biết"),
        (404, {"data": "1"}, "không tìm thấy"),
        (418, {}, ""),
    ],
)
def test_an_answer_that_no_row_fits_is_nothing(
    replies: Replies, http: int, fields: dict[str, str], text: str
) -> None:
    assert replies.classify("hand_over", http, fields, text) is None


def test_one_of_several_values_and_phrases_is_enough(replies: Replies) -> None:
    assert code(replies, 404, {"data": "NONE"}, "Chưa có hồ sơ") == "not_known"
    assert code(replies, 200, {"data": "0"}, "Không tìm thấy hồ sơ") == "not_known"


def test_a_star_wants_some_value_and_an_empty_text_wants_none(
    replies: Replies,
) -> None:
    assert code(replies, 503, {"Retry-After": "120"}) == "busy"
    assert code(replies, 503, {}) == "broken"
    assert code(replies, 503, {"Retry-After": ""}) == "broken"
    assert code(replies, 500, {"Retry-After": "120"}) is None


def test_words_are_told_for_every_row_that_somebody_must_act_on(
    replies: Replies,
) -> None:
    assert set(replies.words()) == {"not_known", "busy", "broken"}
    assert replies.words()["busy"] == ("Cơ quan đang quá tải", "Cổng tự gửi lại.")


def test_what_an_adapter_finds_out_by_itself_has_words_too() -> None:
    own = '[words.no_area]\nreason = "Thiếu địa bàn"\nnext_action = "Bổ sung."\n'
    assert Replies.load(TABLE + own).words()["no_area"] == (
        "Thiếu địa bàn",
        "Bổ sung.",
    )


WORDED = 'reason = "Lý do"\nnext_action = "Việc cần làm."\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('code = "a"\noutcome = "delivered"', "fits every answer"),
        ('code = "a"\nhttp = 200\noutcome = "done"', "'done'"),
        ('http = 200\noutcome = "delivered"', "without code"),
        ('code = "a"\nhttp = 200', "outcome"),
        ('code = "a"\nhttp = 200\noutcome = "refused"', "not told"),
        ('code = "a"\nhttp = 200\nstatus = 1\noutcome = "delivered"', "status"),
        (
            (
                f'code = "a"\nhttp = 400\noutcome = "refused"\n{WORDED}[[reply]]\n'
                'code = "a"\nhttp = 404\noutcome = "refused"\n'
                'reason = "Khác"\nnext_action = "Khác."'
            ),
            "worded twice",
        ),
    ],
)
def test_a_wrong_row_is_named(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Replies.load(f"[[reply]]\n{text}\n")


@given(
    http=st.integers(100, 599),
    fields=st.dictionaries(st.sampled_from(["data", "Retry-After", "x"]), st.text()),
    text=st.text(),
)
def test_only_a_row_of_success_ever_says_success(
    http: int, fields: dict[str, str], text: str
) -> None:
    row = Replies.load(TABLE).classify("hand_over", http, fields, text)
    if row is not None and row.outcome in {Outcome.DELIVERED, Outcome.DUPLICATE}:
        assert http == 200
        assert fields.get("data") in {"0", "1"}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("99999999999999999999", 86400.0),
        ("Tue, 10 Mar 2026 01:30:30 GMT", 30.0),
        ("Tue, 10 Mar 2026 01:00:00 GMT", 0.0),
        ("Wed, 10 Mar 2027 01:30:00 GMT", 86400.0),
        ("", None),
        ("-5", None),
        ("²", None),
        ("sớm thôi", None),
    ],
)
def test_how_long_to_wait_is_read_as_seconds_or_as_a_date(
    text: str, seconds: float | None
) -> None:
    now = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
    assert seconds_asked(text, now) == seconds


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        # The other clock is an hour fast, an hour slow, and not told.
        ("Tue, 10 Mar 2026 09:00:00 GMT", 120.0),
        ("Tue, 10 Mar 2026 07:00:00 GMT", 7320.0),
        ("", 3720.0),
        ("hôm nay", 3720.0),
    ],
)
def test_a_moment_is_meant_by_the_clock_of_who_names_it(
    date: str, seconds: float
) -> None:
    now = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
    asked = "Tue, 10 Mar 2026 09:02:00 GMT"
    assert seconds_asked(asked, now, date=date) == seconds
    assert seconds_asked("120", now, date=date) == 120.0
