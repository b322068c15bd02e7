"""What differs between the two systems that land offices have.

Register, script and answers are those of the office; a dialect says how its
system is spoken to and how it speaks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.adapters.land_registry.mock_demands import SHAPES, Shape

#: Settings of the branch that speaks, name of the operation or list → address.
Address = Callable[[Mapping[str, Any], str], str]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One system's paths, demands and habits of writing."""

    base: str
    #: path under which its operations lie
    kinds: Mapping[str, str]
    #: operation → what the books call it
    shapes: Mapping[str, Shape]
    #: operation → what its message must hold
    files: str
    #: path under which the files lie that it lends
    own_number: str
    #: form of the receipt numbers that it gives itself: {year}, {count}
    push_to: Address
    pull_from: Address
    written: Callable[[str, dict[str, Any]], dict[str, Any]]
    #: operation and body of a pushed message → the body as this system writes it


def _secret_in_path(branch: Mapping[str, Any], operation: str) -> str:
    return f"{branch['callback_base']}/{operation}/{branch['callback_secret']}"


def _secret_in_query(branch: Mapping[str, Any], name: str) -> str:
    return f"{branch['callback_base']}/{name}?SecurityCode={branch['callback_secret']}"


VBDLIS = Dialect(
    base="/vbdlis",
    kinds={
        "tiepnhan": "hand_over",
        "capnhattrangthaibosunghoso": "supplement",
        "capnhattrangthaitraketquahoso": "result_handed",
        "phanhoihososaiketqua": "result_wrong",
        "thongbaohoanthanhnvtc": "paid",
        "thongbaonvtcphatsinh": "owed_again",
        "thongbaoruthoso": "withdraw",
    },
    shapes=SHAPES,
    files="/files",
    own_number="{year:02d}-{count:04d}/BN",
    push_to=_secret_in_path,
    pull_from=_secret_in_query,
    written=lambda _operation, body: body,
)
