"""The screen of mock mode: fits, keeps address and token, says what it leaves out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from gateway.cli.live import Progress

TOKEN = "m" * 43
NOW = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
LONG = "Văn phòng đăng ký đất đai tỉnh Mẫu – Chi nhánh Mẫu Một (giả lập)"


def rows(count: int) -> list[dict[str, Any]]:
    """Dossiers of which every third has ended."""
    return [
        {
            "number": f"H00.01-260310-{number:04}",
            "portal_text": "yêu cầu thực hiện nghĩa vụ tài chính",
            "places": [LONG, LONG, "người nộp hồ sơ"],
            "end": "finished" if number % 3 == 0 else "",
        }
        for number in range(count)
    ]


def screen(count: int, width: int, height: int) -> list[str]:
    """What a terminal of that size shows."""
    console = Console(
        width=width, height=height, force_terminal=True, color_system=None
    )
    view = Progress("http://127.0.0.1:8400", TOKEN, 4.0).view(rows(count), NOW, height)
    with console.capture() as captured:
        console.print(view)
    return captured.get().rstrip("\n").split("\n")


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (80, 10)])
@pytest.mark.parametrize("count", [0, 12, 200])
def test_it_is_never_wider_or_higher_than_the_terminal(
    count: int, width: int, height: int
) -> None:
    lines = screen(count, width, height)
    assert len(lines) < height
    assert max(map(len, lines)) <= width


def test_address_and_token_are_always_there_to_copy() -> None:
    text = "\n".join(screen(200, 80, 10))
    assert "http://127.0.0.1:8400/" in text
    assert TOKEN in text


def test_what_has_no_room_is_counted_and_what_is_under_way_stays() -> None:
    lines = screen(30, 80, 16)
    shown = [line for line in lines if line.startswith("H00.01")]
    assert len(shown) == 10
    assert "H00.01-260310-0000" not in "\n".join(shown)
    assert any("và 20 hồ sơ nữa" in line for line in lines)


def test_numbers_and_states_are_whole_and_only_the_place_is_cut() -> None:
    (line,) = [one for one in screen(2, 80, 24) if "-0001" in one]
    assert "H00.01-260310-0001  yêu cầu thực hiện nghĩa vụ tài chính" in line
    assert line.rstrip().endswith("…")
