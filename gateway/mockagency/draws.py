"""Values that are drawn: tables of one key in a scenario, and how they are drawn.

* ``{ one_of = [a, b] }``: each as likely; ``{ weighted = [[a, 3], [b, 1]] }``.
* ``{ uniform = [least, most] }``; ``{ lognormal = [median, spread], most = x }`` with
  ``spread`` the deviation of the logarithm, ``least`` and ``most`` if wanted.
* ``{ chance = 0.3 }``: true in three of ten.

Any other value stands for itself; tables and lists are drawn inside.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

_LIMITS = {"least", "most"}


def drawn(value: Any, chance: Random) -> Any:
    """The value with everything in it drawn, in the order in which it stands."""
    if isinstance(value, list):
        return [drawn(item, chance) for item in value]
    if not isinstance(value, dict):
        return value
    name = _kind_of(value)
    if name:
        return _KINDS[name](value, chance)
    return {key: drawn(item, chance) for key, item in value.items()}


def checked(value: Any, place: str) -> None:
    """Look at every draw in a value.

    Raises:
        ValueError: one cannot be drawn; it says where it stands.
    """
    if isinstance(value, list):
        for number, item in enumerate(value, start=1):
            checked(item, f"{place}[{number}]")
    elif isinstance(value, dict):
        name = _kind_of(value)
        if name:
            _check(name, value, place)
            return
        for key, item in value.items():
            checked(item, f"{place}.{key}")


def _kind_of(table: Mapping[str, Any]) -> str:
    """Which draw a table is; empty: none."""
    names = set(table) & set(_KINDS)
    is_draw = len(names) == 1 and set(table) <= names | _LIMITS
    return names.pop() if is_draw else ""


def _check(name: str, table: Mapping[str, Any], place: str) -> None:
    told = table[name]
    if not _CAN_BE_DRAWN[name](told):
        message = f"{place}: {{{name} = {told!r}}} không rút được; {_ALLOWED[name]}"
        raise ValueError(message)


def _is_list(told: object) -> bool:
    return isinstance(told, list) and bool(told)


def _is_weighted(told: object) -> bool:
    return isinstance(told, list) and bool(told) and all(map(_has_weight, told))


def _has_weight(row: object) -> bool:
    return isinstance(row, list) and len(row) == 2 and _number(row[1]) > 0


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def _is_pair(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and not any(math.isnan(_number(one)) for one in value)
    )


def _one_of(table: Mapping[str, Any], chance: Random) -> Any:
    return drawn(chance.choice(table["one_of"]), chance)


def _weighted(table: Mapping[str, Any], chance: Random) -> Any:
    values, weights = zip(*table["weighted"], strict=True)
    return drawn(chance.choices(values, weights)[0], chance)


def _uniform(table: Mapping[str, Any], chance: Random) -> Any:
    least, most = table["uniform"]
    return round(chance.uniform(least, most), 2)


def _lognormal(table: Mapping[str, Any], chance: Random) -> Any:
    median, spread = table["lognormal"]
    found = chance.lognormvariate(math.log(median), spread)
    return round(min(max(found, table.get("least", 0.0)), table.get("most", found)), 2)


def _chance(table: Mapping[str, Any], chance: Random) -> Any:
    return bool(chance.random() < table["chance"])


_KINDS: Mapping[str, Callable[[Mapping[str, Any], Random], Any]] = {
    "one_of": _one_of,
    "weighted": _weighted,
    "uniform": _uniform,
    "lognormal": _lognormal,
    "chance": _chance,
}
_CAN_BE_DRAWN: Mapping[str, Callable[[Any], bool]] = {
    "one_of": _is_list,
    "weighted": _is_weighted,
    "uniform": lambda told: _is_pair(told) and told[0] <= told[1],
    "lognormal": lambda told: _is_pair(told) and told[0] > 0 and told[1] >= 0,
    "chance": lambda told: 0 <= _number(told) <= 1,
}
_ALLOWED = {
    "one_of": "cần một danh sách không rỗng",
    "weighted": "cần các cặp [giá trị, trọng số lớn hơn 0]",
    "uniform": "cần [nhỏ nhất, lớn nhất]",
    "lognormal": "cần [trung vị lớn hơn 0, độ phân tán từ 0]",
    "chance": "cần một số từ 0 đến 1",
}
