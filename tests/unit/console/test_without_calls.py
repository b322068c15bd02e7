"""What people read names no call; what programs read does."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from gateway.console.without_calls import without_calls
from gateway.domain.words import WORDS


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("area_ambiguous", "Một cửa chọn xã hiện nay theo vị trí."),
        ("tax_question", "Một cửa trả lời."),
        (
            "receiver_missing",
            ("Một cửa chọn người tiếp nhận trong danh sách của văn phòng đất đai."),
        ),
        (
            "to_be_accepted",
            "Một cửa tiếp nhận; hoặc yêu cầu bổ sung, từ chối.",
        ),
    ],
)
def test_a_next_action_names_no_call_to_people(code: str, said: str) -> None:
    assert "/v1/" in WORDS[code].next_action
    assert without_calls(WORDS[code].next_action) == said


def test_people_are_told_of_the_old_letters_without_a_field_of_a_call() -> None:
    said = without_calls(WORDS["text_encoding_unknown"].next_action)
    assert said.startswith('Một cửa gửi bản sửa, ghi rõ bảng mã "TCVN3", "VNI"')
    assert "encoding" not in said


def test_no_sentence_about_what_stands_still_names_a_call_to_people() -> None:
    told = [without_calls(one.next_action) for one in WORDS.values()]
    assert [one for one in told if "/v1/" in one] == []


def test_what_is_no_sentence_of_ours_stays_as_it_is() -> None:
    command = "curl -X POST 'https://co-quan.vd/v1/ho-so'"
    assert without_calls(command) == command
    assert without_calls(7) == 7
    shown = without_calls(Markup("<b>Chọn (POST /v1/dossiers/{mã hồ sơ}/choices)</b>."))
    assert isinstance(shown, Markup)
    assert shown == "<b>Chọn</b>."
