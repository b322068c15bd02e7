"""How VBDLIS is spoken to, and how it speaks."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs

from gateway.adapters.land_registry.conformance_calls import (
    HAND_OVER,
    HANDED,
    OWED,
    PAID,
    SUPPLEMENT,
    WITHDRAW,
    WRONG,
    Content,
    Dialect,
)
from gateway.conforming import Answer, Incoming, NotTried, Trial


def _area(t: Trial) -> Content:
    """§8: integers in this dialect."""
    found = {}
    for field, name in (
        ("TinhId", "province"),
        ("HuyenId", "district"),
        ("XaId", "commune"),
    ):
        code = t.code(name)
        if not code.isdecimal():
            raise NotTried(
                f"codes.{name} của preset phải là số nguyên viết bằng chữ số"
            )
        found[field] = int(code)
    return found


async def _headers(_t: Trial) -> Mapping[str, str]:
    """§2.1: no token."""
    return {"Content-Type": "application/json; charset=utf-8"}


async def _admitted(_t: Trial, _answer: Answer) -> bool:
    """§2.1: nobody is asked who he is."""
    return True


def _operation(call: Incoming) -> str:
    parts = call.path.split("/")
    return parts[-1] if call.method == "GET" else "/".join(parts[-2:-1])


def _secret(call: Incoming) -> str:
    """§2.2: the end of the path; of a list (§11) the only parameter."""
    if call.method != "GET":
        return call.path.rpartition("/")[2]
    query = parse_qs(call.query)
    found = query.get("SecurityCode", [])
    return found[0] if len(query) == len(found) == 1 else ""


VBDLIS = Dialect(
    prefix="DD",
    operations={
        HAND_OVER: "tiepnhan",
        SUPPLEMENT: "capnhattrangthaibosunghoso",
        HANDED: "capnhattrangthaitraketquahoso",
        WRONG: "phanhoihososaiketqua",
        PAID: "thongbaohoanthanhnvtc",
        OWED: "thongbaonvtcphatsinh",
        WITHDRAW: "thongbaoruthoso",
    },
    area=_area,
    headers=_headers,
    admitted=_admitted,
    secret_in=_secret,
    operation_of=_operation,
    link="DuongDanThongBaoThue",
)
