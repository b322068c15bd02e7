"""Offices outside their hours fill no page: one line, and who they are on request."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from gateway.console import language

SAID = "ngoài giờ nhận của cơ quan, mở lại lúc 07:30 ngày 02/07/2026"


def shown(*lanes: dict[str, object]) -> str:
    """What the pages put in for these."""
    made = Environment(
        loader=PackageLoader("gateway.console"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(  # type: ignore[attr-defined]
        language.say, language.say_of, newstyle=True
    )
    return made.get_template("resting.html").render(stopped=lanes)


def test_however_many_rest_they_are_one_line_that_asks_for_nothing() -> None:
    many = [
        {"office": f"UBND xã Mẫu {n}", "resting": True, "why": SAID} for n in range(120)
    ]
    text = shown(*many, {"office": "Thuế", "resting": False, "why": "dừng gửi"})
    assert text.count("<summary>") == 1
    assert "<b>120 đơn vị đang ngoài giờ nhận</b>: không phải làm gì" in text
    assert text.count(SAID) == 120
    assert "Thuế" not in text


def test_where_all_are_open_nothing_is_said() -> None:
    assert shown({"office": "Thuế", "resting": False, "why": "dừng gửi"}).strip() == ""
