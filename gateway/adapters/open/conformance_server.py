"""What an agency's system does when it is pushed to, by the interface document."""

from __future__ import annotations

import base64
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from gateway.adapters.open.conformance_calls import body, pushed, transfer
from gateway.conforming import Answer, NotTried, Role, Trial, shows

SERVER = Role.SERVER
#: Further away than §6.3 lets a push be.
TOO_FAR_S = 3600


async def push(t: Trial, envelope: dict[str, Any], path: str = "") -> Answer:
    """One call."""
    return await t.post(path, body(envelope))


def received(answer: Answer, identifier: str) -> bool:
    """§6.3: the agency has it."""
    content = answer.content or {}
    mine = content.get("id") == identifier and content.get("received") is True
    return answer.status == 200 and mine


async def taken(t: Trial, **more: Any) -> dict[str, Any]:
    """A transfer that has to be taken for a test to go on."""
    content = transfer(t, t.number(), **more)
    answer = await push(t, pushed(t, content))
    if not received(answer, content["id"]):
        raise NotTried(f"lượt gửi dùng để thử không được nhận (HTTP {answer.status})")
    return content


@shows(SERVER, "MO-601", "MO-607", "MO-610")
async def a_push_is_taken_once(t: Trial) -> None:
    """Lượt gửi được nhận, không dựa vào tiêu đề; đến lần nữa là bản trùng."""
    content = transfer(t, t.number())
    answer = await push(t, pushed(t, content))
    fine = received(answer, content["id"])
    t.holds("MO-610", fine, f"không có tiêu đề lienthong-*: HTTP {answer.status}")
    wrong = t.wrong("push.reply", answer.content)
    why = f"HTTP {answer.status}, không có id và received là true {', '.join(wrong)}"
    if not t.holds("MO-601", fine and not wrong, why):
        return
    again = await push(t, pushed(t, content, away_s=1))
    repeated = received(again, content["id"]) and (again.content or {}).get("duplicate")
    why = f"đến lần nữa: HTTP {again.status}, không có duplicate là true"
    t.holds("MO-607", repeated is True, why)


@shows(SERVER, "MO-602", "MO-603", "MO-604")
async def only_the_gateways_signature_counts(t: Trial) -> None:
    """Nội dung bị sửa, thuật toán khác, khóa lạ đều bị từ chối."""
    content = transfer(t, t.number(), files=0)
    changed = pushed(t, content)
    changed["payload"] = base64.b64encode(body({**content, "revision": 2})).decode()
    answer = await push(t, changed)
    t.holds("MO-602", answer.status == 401, f"nội dung bị sửa: HTTP {answer.status}")
    for alg in ("none", "HS256"):
        answer = await push(t, pushed(t, content, alg=alg))
        t.holds("MO-603", answer.status == 401, f"alg {alg}: HTTP {answer.status}")
    stranger = ec.generate_private_key(ec.SECP256R1())
    answer = await push(t, pushed(t, content, key=stranger))
    refused = answer.status >= 400 and not received(answer, content["id"])
    t.holds("MO-604", refused, f"khóa lạ: HTTP {answer.status}")


@shows(SERVER, "MO-605")
async def an_old_push_is_told_so(t: Trial) -> None:
    """Trường time lệch quá 10 phút bị từ chối."""
    for away_s in (-TOO_FAR_S, TOO_FAR_S):
        content = transfer(t, t.number(), files=0)
        answer = await push(t, pushed(t, content, away_s=away_s))
        code = (answer.content or {}).get("code")
        right = answer.status == 400 and code == "time_out_of_range"
        t.holds("MO-605", right, f"time lệch {away_s} giây: HTTP {answer.status}")


@shows(SERVER, "MO-606")
async def what_is_not_mine_is_refused(t: Trial) -> None:
    """Trường id khác nhau trong và ngoài, đơn vị khác."""
    content = transfer(t, t.number(), files=0)
    answer = await push(t, pushed(t, content, id=t.identifier()))
    why = f"id trong nội dung khác: HTTP {answer.status}"
    t.holds("MO-606", answer.status == 422, why)
    content = transfer(t, t.number(), files=0, office="don-vi-khac-cua-bo-thu")
    answer = await push(t, pushed(t, content))
    t.holds("MO-606", answer.status == 422, f"đơn vị khác: HTTP {answer.status}")


@shows(SERVER, "MO-608", "MO-609")
async def it_says_what_it_has(t: Trial) -> None:
    """Hỏi về lượt gửi đã có, chưa có, và câu hỏi có chữ ký sai."""
    has = str((await taken(t, files=0))["id"])
    for identifier, known in ((has, True), (t.identifier(), False)):
        answer = await push(t, pushed(t, {"enquiry": identifier}), "/status")
        told = answer.content or {}
        right = told.get("id") == identifier and told.get("known") is known
        why = f"hỏi lượt gửi {'đã' if known else 'chưa'} có: HTTP {answer.status}"
        t.holds("MO-608", answer.status == 200 and right, why)
    stranger = ec.generate_private_key(ec.SECP256R1())
    answer = await push(t, pushed(t, {"enquiry": has}, key=stranger), "/status")
    silent = answer.status == 401 and "known" not in (answer.content or {})
    t.holds("MO-609", silent, f"câu hỏi có chữ ký sai: HTTP {answer.status}")


@shows(SERVER, "MO-611")
async def what_it_does_not_know_is_taken(t: Trial) -> None:
    """Loại chưa biết và trường chưa biết."""
    for kind, more in (("loai_moi_cua_cong", {}), ("hand_over", {"truong_moi": "1"})):
        content = transfer(t, t.number(), kind, files=0, **more)
        answer = await push(t, pushed(t, content))
        why = f"{'trường' if more else 'loại'} chưa biết: HTTP {answer.status}"
        t.holds("MO-611", received(answer, content["id"]), why)


@shows(SERVER, "MO-612")
async def what_is_no_push_is_refused(t: Trial) -> None:
    """Không phải JSON, thiếu trường của phong bì."""
    whole = pushed(t, transfer(t, t.number(), files=0))
    bad = [(b"khong phai json", "chữ thường")]
    bad += [
        (body({key: one for key, one in whole.items() if key != name}), f"thiếu {name}")
        for name in ("id", "time", "payload", "signature")
    ]
    for raw, what in bad:
        answer = await t.post("", raw)
        t.holds("MO-612", answer.status >= 400, f"{what}: HTTP {answer.status}")


@shows(SERVER, "MO-613")
async def files_are_fetched(t: Trial) -> None:
    """Tệp của lượt gửi được lấy sau khi nhận."""
    content = await taken(t)
    name = content["files"][0]["id"]
    await t.incoming(
        lambda call: (
            call.path.endswith("/file") and (call.content or {}).get("id") == name
        ),
        f"lấy tệp {name}",
    )
    t.holds("MO-613", fact=True, why="")


@shows(SERVER, "MO-614", "MO-615")
async def calls_are_answered_over_tls(t: Trial) -> None:
    """Lời gọi được trả lời trong thời hạn; chứng thư được xem trước khi gửi gì."""
    await push(t, pushed(t, {"enquiry": t.identifier()}), "/status")
