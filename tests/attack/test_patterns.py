"""Texts that are made to keep a pattern busy: none of ours takes long over any."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from functools import cache
from typing import TYPE_CHECKING

import pytest

import gateway
from tests.attack.frame import Attack, attacks

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Letters in a text; over what our patterns ever see, whose inputs have limits.
LENGTH = 3_000
#: Seconds of this process for one pattern over one text: squares pass, powers do not.
MOST_S = 2.0
#: Written for tests of others; they see no stranger's text in a gateway that runs.
LEFT_OUT = ("mock", "conformance", "__main__", "cli", "_template")
TEXTS: Mapping[str, str] = {
    "letters": "a" * LENGTH + "!",
    "digits": "0" * LENGTH + "x",
    "blanks": " " * LENGTH + "x",
    "lines": "\n" * LENGTH + "x",
    "tags": "<" * LENGTH + ">",
    "quotes": '"' * LENGTH + "'",
    "dots": "." * LENGTH + "a",
    "dashes": "0-" * (LENGTH // 2) + "x",
    "slashes": "/a" * (LENGTH // 2) + "\x00",
    "addresses": "a@a." * (LENGTH // 4) + "@",
    "vietnamese": "ă" * LENGTH + "!",
    "words": "xã Mẫu " * (LENGTH // 7) + "1",
    "names-of-units": "H00." * (LENGTH // 4) + "-",
    "pairs": "a=b&" * (LENGTH // 4) + "=",
}


@cache
def patterns() -> dict[str, list[re.Pattern[str] | re.Pattern[bytes]]]:
    """Package → the patterns that its modules have compiled."""
    found: dict[str, list[re.Pattern[str] | re.Pattern[bytes]]] = {}
    for module in pkgutil.walk_packages(gateway.__path__, "gateway."):
        if any(part in module.name for part in LEFT_OUT):
            continue
        package = ".".join(module.name.split(".")[:2])
        values = vars(importlib.import_module(module.name)).values()
        for value in values:
            if isinstance(value, re.Pattern) and value not in found.get(package, ()):
                found.setdefault(package, []).append(value)
    return found


def spent_s(pattern: re.Pattern[str] | re.Pattern[bytes], text: str) -> float:
    """Seconds of this process, whatever else the machine does."""
    begun = time.process_time()
    if isinstance(pattern.pattern, bytes):
        raw: re.Pattern[bytes] = re.compile(pattern.pattern, pattern.flags)
        raw.fullmatch(text.encode())
        raw.search(text.encode())
    else:
        plain: re.Pattern[str] = re.compile(pattern.pattern, pattern.flags)
        plain.fullmatch(text)
        plain.search(text)
    return time.process_time() - begun


@pytest.mark.parametrize(
    "attack",
    attacks(
        *((Attack(28, name, package),) for package in patterns() for name in TEXTS)
    ),
)
def test_no_pattern_is_kept_busy(attack: Attack) -> None:
    slow = {
        pattern.pattern: spent
        for pattern in patterns()[attack.door]
        if (spent := spent_s(pattern, TEXTS[attack.technique])) > MOST_S
    }
    assert slow == {}


@pytest.mark.control
@pytest.mark.parametrize("attack", attacks((Attack(28, "letters", "pattern"),)))
def test_a_careless_pattern_is_kept_busy(attack: Attack) -> None:
    careless = re.compile("(a+)+$")
    short, longer = (
        min(spent_s(careless, "a" * length + "!") for _ in range(2))
        for length in (14, 22)
    )
    # Eight letters more: two hundred times as long, and so on without an end.
    assert longer > 20 * short, attack
