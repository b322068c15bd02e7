"""What a one-stop system does with status events, by its interface document."""

from __future__ import annotations

import base64
import json
from typing import Any

from gateway.adapters.one_stop.conformance_calls import (
    body,
    event,
    received,
    signed,
)
from gateway.conforming import Answer, NotTried, Role, Trial, shows

SERVER = Role.SERVER
STRANGER = b"khoa-khac-cua-bo-thu"
FAR_S = 3600


async def tell(t: Trial, envelope: dict[str, Any]) -> Answer:
    """One call."""
    return await t.post("", body(envelope))


async def taken(t: Trial, content: dict[str, Any]) -> None:
    """An event that has to be taken for a test to go on."""
    answer = await tell(t, signed(t, content))
    if not received(answer, content["id"]):
        raise NotTried(f"sự kiện dùng để thử không được nhận (HTTP {answer.status})")


@shows(SERVER, "MC-701", "MC-706", "MC-707")
async def an_event_is_taken_once(t: Trial) -> None:
    """Sự kiện được nhận chỉ từ nội dung; đến lần nữa thì trả lời như trước."""
    content = event(t)
    answer = await tell(t, signed(t, content))
    fine = received(answer, content["id"])
    t.holds("MC-701", fine, f"HTTP {answer.status}, không phải 204 hay received")
    if not t.holds("MC-706", fine, f"không có tiêu đề webhook-*: HTTP {answer.status}"):
        return
    again = await tell(t, signed(t, content, away_s=1))
    t.holds("MC-707", received(again, content["id"]), f"lần nữa: HTTP {again.status}")


@shows(SERVER, "MC-702", "MC-703")
async def only_the_shared_secret_counts(t: Trial) -> None:
    """Khóa khác, hoặc payload bị sửa một byte: 401."""
    answer = await tell(t, signed(t, event(t), secret=STRANGER))
    t.holds("MC-702", answer.status == 401, f"khóa khác: HTTP {answer.status}")
    content = event(t)
    changed = signed(t, content)
    raw = body(content).replace(b'"round": 1', b'"round": 2')
    changed["payload"] = base64.b64encode(raw).decode()
    answer = await tell(t, changed)
    t.holds("MC-703", answer.status == 401, f"sửa một byte: HTTP {answer.status}")


@shows(SERVER, "MC-704", "MC-705")
async def signatures_are_over_the_bytes(t: Trial) -> None:
    """Chữ ký trên byte đã giải mã; khi đổi khóa có hai chữ ký."""
    content = event(t)
    odd = json.dumps(content, ensure_ascii=True, indent=3).encode() + b"\n"
    answer = await tell(t, signed(t, content, raw=odd))
    why = f"JSON có khoảng trắng lạ: HTTP {answer.status}"
    t.holds("MC-704", received(answer, content["id"]), why)
    for first in (True, False):
        content = event(t)
        right, other = signed(t, content), signed(t, content, secret=STRANGER)
        both = [right["signature"], other["signature"]]
        pair = both if first else both[::-1]
        answer = await tell(t, {**right, "signature": " ".join(pair)})
        why = f"hai chữ ký, chữ ký đúng đứng {'trước' if first else 'sau'}: HTTP {answer.status}"
        t.holds("MC-705", received(answer, content["id"]), why)


@shows(SERVER, "MC-708")
async def an_older_event_is_answered_all_the_same(t: Trial) -> None:
    """Sự kiện cũ đến muộn vẫn được trả lời 204."""
    older, content = event(t), event(t)
    await taken(t, content)
    answer = await tell(t, signed(t, older))
    t.holds(
        "MC-708", received(answer, older["id"]), f"sự kiện cũ: HTTP {answer.status}"
    )


@shows(SERVER, "MC-709")
async def what_is_no_event_is_not_taken(t: Trial) -> None:
    """Không phải JSON, thiếu trường, payload không phải base64."""
    whole = signed(t, event(t))
    bad = [
        (b"khong phai json", "chữ thường"),
        (body({**whole, "payload": "***"}), "payload không phải base64"),
    ]
    bad += [
        (body({key: one for key, one in whole.items() if key != name}), f"thiếu {name}")
        for name in ("id", "timestamp", "payload", "signature")
    ]
    for raw, what in bad:
        answer = await t.post("", raw)
        t.holds("MC-709", answer.status >= 400, f"{what}: HTTP {answer.status}")


@shows(SERVER, "MC-710")
async def a_far_timestamp_is_taken_or_told(t: Trial) -> None:
    """Dấu thời gian lệch một giờ: nhận, hoặc trả lời đúng mã."""
    content = event(t)
    answer = await tell(t, signed(t, content, away_s=-FAR_S))
    code = (answer.content or {}).get("code")
    told = answer.status == 400 and code == "timestamp_out_of_range"
    fine = told or received(answer, content["id"])
    t.holds("MC-710", fine, f"timestamp lệch một giờ: HTTP {answer.status}")


@shows(SERVER, "MC-711")
async def every_state_is_taken(t: Trial) -> None:
    """Mã 2 đến 9, với mọi trường có thể có."""
    at = t.now().isoformat(timespec="seconds")
    notice = {"number": "0001/TB", "kind": "Lệ phí", "amount": "45000"}
    asks = [
        {
            "leg": "dat_dai",
            "office": "don-vi-thu",
            "code": "thieu_noi_nhan",
            "reason": "Thiếu nơi nhận (thử)",
            "remedy": "Chọn nơi nhận.",
        }
    ]
    states: list[tuple[int, str, dict[str, Any]]] = [
        (2, "", {"asks": asks}),
        (4, "", {}),
        (5, "supplement", {"note": "Thiếu bản vẽ (thử)"}),
        (6, "financial_obligation", {"notices": [notice]}),
        (8, "stopped", {"note": "Chờ thẩm tra (thử)"}),
        (9, "", {"end": "finished", "at": at}),
        (3, "", {"end": "refused"}),
        (7, "", {"end": "withdrawn"}),
    ]
    for code, pause, more in states:
        content = event(t, code, pause, **more)
        answer = await tell(t, signed(t, content))
        t.holds(
            "MC-711",
            received(answer, content["id"]),
            f"mã {code}: HTTP {answer.status}",
        )


@shows(SERVER, "MC-712")
async def what_it_does_not_know_is_ignored(t: Trial) -> None:
    """Trường chưa biết trong sự kiện."""
    content = event(t, truong_moi={"a": 1})
    answer = await tell(t, signed(t, content))
    t.holds(
        "MC-712",
        received(answer, content["id"]),
        f"trường chưa biết: HTTP {answer.status}",
    )


@shows(SERVER, "MC-718", "MC-719")
async def calls_are_answered_over_tls(t: Trial) -> None:
    """Lời gọi được trả lời trong thời hạn; chứng thư được xem trước khi gửi gì."""
    await tell(t, signed(t, event(t)))
