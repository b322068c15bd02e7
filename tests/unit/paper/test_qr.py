"""A code holds the dossier code, read back from the very squares that are printed."""

from __future__ import annotations

import pytest

from gateway.paper import qr
from tests.unit.paper.qr_reading import of_png, of_svg, text_of

NUMBERS = (
    "H1-1",
    "H00.01-260310-0010",
    "H00.20.01.A1.B2-260310-1234567",
    "26-0001/BN",
    "biên-nhận-số-12",
)


@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_drawn_reads_as_the_number_and_nothing_else(number: str) -> None:
    assert text_of(of_svg(qr.svg(number))) == number


@pytest.mark.parametrize("number", NUMBERS)
def test_the_picture_for_word_has_the_same_squares(number: str) -> None:
    assert of_png(qr.png(number).getvalue(), 6) == of_svg(qr.svg(number))


def test_no_number_makes_no_code() -> None:
    assert qr.svg("") == ""


def test_the_longest_number_that_a_one_stop_may_send_still_fits() -> None:
    assert 'class="qr"' in qr.svg("H" * 50)
