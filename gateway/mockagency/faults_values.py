"""Values of a fault's row, each with what is allowed for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from gateway.mockagency.faults_when import DAY_MINUTES, LONGEST_S, VIETNAM, Wait

_HOURS = re.compile(r"(\d\d?):(\d\d)\s*[-–]\s*(\d\d?):(\d\d)\Z")
#: What a mock may be asked to send, or to keep for long.
MOST_BYTES = 1024 * 1024 * 1024
MOST_S = 366 * 24 * 3600.0
HOUR_MINUTES = 60


class NotThat(Exception):
    """A value that a row may not have; the text says what it may."""


def number(
    raw: Mapping[str, Any], key: str, *, least: float = 0.0, most: float = MOST_S
) -> float:
    """A number of a row; nothing there: 0."""
    value = raw.get(key, 0.0)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotThat(f"{key} là số, không phải {value!r}.")
    if not least <= value <= most and key in raw:
        raise NotThat(f"{key} = {value:g}: từ {least:g} đến {most:g}.")
    return float(value)


def count(
    raw: Mapping[str, Any],
    key: str,
    *,
    least: int = 0,
    most: int = 1_000_000,
    usual: int = 0,
) -> int:
    """A whole number of a row."""
    value = raw.get(key, usual)
    if isinstance(value, bool) or not isinstance(value, int):
        raise NotThat(f"{key} là số nguyên, không phải {value!r}.")
    if key in raw and not least <= value <= most:
        raise NotThat(f"{key} = {value}: từ {least} đến {most}.")
    return value


def counted(raw: Mapping[str, Any], key: str) -> int:
    """A number of bytes of a row."""
    return count(raw, key, least=1, most=MOST_BYTES)


def texts(raw: object) -> dict[str, str]:
    """Names and values, none of which could break a head."""
    if not isinstance(raw, Mapping):
        raise NotThat("headers là bảng tên = giá trị.")
    found = {str(name): str(value) for name, value in raw.items()}
    for name, value in found.items():
        if not re.fullmatch(r"[!-9;-~]+", name) or not value.isprintable():
            raise NotThat(f"headers: {name!r} không dùng được.")
    return found


def moment(raw: Mapping[str, Any], key: str) -> datetime | None:
    """A date (its first minute) or a moment, in Vietnam's zone unless it says another."""
    value = raw.get(key)
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise NotThat(
                f"{key} = {value!r}: ghi ngày 2026-03-10 hoặc giờ 2026-03-10T08:00."
            ) from None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=VIETNAM)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=VIETNAM)
    raise NotThat(f"{key} = {value!r}: ghi ngày 2026-03-10 hoặc giờ 2026-03-10T08:00.")


def hours(raw: object) -> tuple[tuple[int, int], ...]:
    """Parts of a day, «08:00–09:30», as minutes."""
    if raw is None:
        return ()
    every = [raw] if isinstance(raw, str) else raw
    if not isinstance(every, list) or not every:
        raise NotThat("hours là «08:00–09:30», hoặc danh sách như vậy.")
    return tuple(_part_of_a_day(one) for one in every)


def _part_of_a_day(raw: object) -> tuple[int, int]:
    found = _HOURS.match(raw) if isinstance(raw, str) else None
    if found is None:
        raise NotThat(f"hours = {raw!r}: viết «08:00–09:30».")
    a, b, c, d = map(int, found.groups())
    begin, end = a * HOUR_MINUTES + b, c * HOUR_MINUTES + d
    if max(b, d) >= HOUR_MINUTES or end > DAY_MINUTES:
        raise NotThat(f"hours = {raw!r}: giờ từ 00:00 đến 24:00.")
    if begin >= end:
        raise NotThat(
            f"hours = {raw!r}: giờ đầu phải trước giờ cuối; qua nửa đêm thì ghi hai"
            " khoảng, đến 24:00 và từ 00:00."
        )
    return begin, end


def wait(raw: object) -> Wait:
    """Seconds, or ``{uniform = [a, b]}``, ``{lognormal = [median, sigma], most = s}``."""
    if not isinstance(raw, Mapping):
        return Wait("fixed", _seconds({"wait": raw}, "wait"))
    how = [name for name in ("fixed", "uniform", "lognormal") if name in raw]
    if len(how) != 1 or raw.keys() - {*how, "most"}:
        raise NotThat(
            "wait là số giây, {uniform = [0.1, 2]} hoặc"
            " {lognormal = [0.5, 0.8], most = 30}."
        )
    if how == ["fixed"]:
        return Wait("fixed", _seconds(raw, "fixed"))
    pair = raw[how[0]]
    if not isinstance(pair, list) or len(pair) != 2:
        raise NotThat(f"wait.{how[0]} là hai số.")
    low, high = (_seconds({"wait": value}, "wait") for value in pair)
    if how == ["uniform"] and low > high:
        raise NotThat(f"wait.uniform: {low:g} lớn hơn {high:g}.")
    most = _seconds(raw, "most") if "most" in raw else LONGEST_S
    return Wait(how[0], low, high, most)


def _seconds(raw: Mapping[str, Any], key: str) -> float:
    return number(raw, key, most=LONGEST_S)
