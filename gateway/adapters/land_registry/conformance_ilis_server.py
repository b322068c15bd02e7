"""What iLIS does with calls, by its interface document: sessions, and what is its own."""

from __future__ import annotations

import json

import gateway.adapters.land_registry.conformance_life as life
import gateway.adapters.land_registry.conformance_taking as taking
from gateway.adapters.land_registry.conformance_calls import (
    HAND_OVER,
    SUPPLEMENT,
    Said,
    body,
    read,
    supplement,
    tests_of,
)
from gateway.adapters.land_registry.conformance_ilis_dialect import (
    ILIS,
    JSON,
    ask,
    current,
    form,
    ilis,
    lifetime_s,
    new_token,
    token_of,
    with_token,
)
from gateway.conforming import Answer, NotTried, Role, Trial, shows

SERVER = Role.SERVER
STRANGE = "token-la-cua-bo-thu-99"
#: What no answer may repeat.
TELLTALE = "bi-mat-de-lo-99"


async def _sent(t: Trial, kind: str, content: bytes, headers: dict[str, str]) -> Said:
    """One call with exactly these headers."""
    operation = ILIS.operations[kind]
    answer = await t.post(f"/{operation}", content, headers=headers)
    return read(t, operation, answer)


@shows(SERVER, "IL-241", "IL-246")
async def a_token_is_given_for_an_account(t: Trial) -> None:
    """Xin token bằng biểu mẫu, không kèm Authorization: 200, đúng khuôn."""
    answer = await ask(t, form(t))
    given = bool(token_of(answer))
    t.holds("IL-241", given, f"HTTP {answer.status}, không có access_token dùng được")
    wrong = t.wrong("token", answer.content)
    t.holds("IL-246", not wrong, f"sai khuôn ở {', '.join(wrong)}")


@shows(SERVER, "IL-242", "IL-243", "IL-244", "IL-248")
async def who_is_not_known_gets_no_token(t: Trial) -> None:
    """Sai tài khoản, sai phần mềm, thiếu trường, không phải biểu mẫu: không có token."""
    wrong: list[tuple[str, dict[str, str], int, set[str]]] = [
        ("IL-242", {"password": TELLTALE}, 400, {"invalid_grant"}),
        ("IL-242", {"username": "nguoi.la.99"}, 400, {"invalid_grant"}),
        ("IL-243", {"client_secret": TELLTALE}, 401, {"invalid_client"}),
        ("IL-243", {"client_id": "phan-mem-la-99"}, 401, {"invalid_client"}),
        ("IL-244", {"grant_type": "client_credentials"}, 400, _BAD_REQUEST),
    ]
    for cited, other, status, codes in wrong:
        answer = await ask(t, form(t, **other))
        _refused(t, cited, answer, status, codes, f"{min(other)} sai")
    for name in form(t):
        fields = {key: value for key, value in form(t).items() if key != name}
        answer = await ask(t, fields)
        _refused(t, "IL-244", answer, 400, _BAD_REQUEST, f"thiếu {name}")
    sent = json.dumps(form(t)).encode()
    answer = await t.post("/token", sent, headers={"Content-Type": JSON})
    _refused(t, "IL-244", answer, 400, _BAD_REQUEST, "gửi JSON thay cho biểu mẫu")


_BAD_REQUEST = {"invalid_request", "unsupported_grant_type"}


def _refused(
    t: Trial, cited: str, answer: Answer, status: int, codes: set[str], what: str
) -> None:
    error = str((answer.content or {}).get("error", ""))
    right = answer.status == status and error in codes and not token_of(answer)
    named = " hoặc ".join(sorted(codes))
    why = f"{what}: phải là HTTP {status} với {named}, nhưng HTTP {answer.status}"
    t.holds(cited, right, why)
    text = answer.body.decode("utf-8", "replace")
    secrets = (TELLTALE, t.key("client"), t.key("account"))
    hidden = not any(one in text for one in secrets)
    t.holds("IL-248", hidden, f"{what}: câu trả lời có mã bí mật hoặc mật khẩu")


@shows(SERVER, "IL-321", "IL-322", "IL-531")
async def without_a_token_nothing_is_taken(t: Trial) -> None:
    """Không có token, token lạ: 401 trước mọi điều khác, và chưa nhận gì."""
    land = ilis(t)
    fine = land.hand_over(t.number())
    bare = {"Content-Type": JSON}
    strange = with_token(STRANGE)
    other = {**bare, "Authorization": f"Basic {await current(t)}"}
    tried = (
        (bare, "không có token"),
        (strange, "token lạ"),
        (other, "Authorization không phải Bearer"),
    )
    for headers, what in tried:
        said = await _sent(t, HAND_OVER, body(fine), headers)
        land.answered("321", said, "session_ended", what)
        said = await _sent(t, HAND_OVER, b"khong phai json", headers)
        land.answered("322", said, "session_ended", f"{what}, nội dung không phải JSON")
    said = await land.say(HAND_OVER, fine)
    why = f"sau các lần 401, gửi lại kèm token: {said.shown}"
    t.holds("IL-321", said.name == "accepted", why)
    again = body(land.hand_over(await land.taken()))
    said = await _sent(t, HAND_OVER, again, strange)
    land.answered("531", said, "session_ended", "gửi lại với token lạ")


@shows(SERVER, "IL-245", "IL-247")
async def a_token_lasts_as_long_as_it_says(t: Trial) -> None:
    """Một token dùng cho nhiều lời gọi; hết thời hạn đã báo thì 401."""
    land, message = ilis(t), body(supplement(t.number()))
    answer = await ask(t, form(t))
    token = token_of(answer)
    if not token:
        raise NotTried(f"không được cấp token (HTTP {answer.status})")
    for place in range(3):
        said = await _sent(t, SUPPLEMENT, message, with_token(token))
        what = f"lần gọi thứ {place + 1} với một token"
        land.answered("245", said, "unknown_dossier", what)
    if lifetime_s(answer) >= t.seconds("token_s"):
        raise NotTried("thời hạn của token dài hơn times.token_s của preset")
    await t.quiet(lambda _call: False, "token hết hạn", limit="token_s")
    said = await _sent(t, SUPPLEMENT, message, with_token(token))
    land.answered("247", said, "session_ended", "token đã hết thời hạn")


@shows(SERVER, "IL-211", "IL-212", "IL-213")
async def path_and_scheme_are_read_as_written(t: Trial) -> None:
    """Tên thao tác phân biệt chữ hoa, thường; chữ Bearer thì không; không đòi tiêu đề khác."""
    land, token = ilis(t), await new_token(t)
    fine = body(land.hand_over(t.number()))
    operation = ILIS.operations[HAND_OVER]
    answer = await t.post(f"/{operation.lower()}", fine, headers=with_token(token))
    why = f"{operation.lower()}: phải là 404, nhưng HTTP {answer.status}"
    t.holds("IL-211", answer.status == 404, why)
    for scheme in ("bearer", "BEARER"):
        headers = {"Content-Type": JSON, "Authorization": f"{scheme} {token}"}
        fine = body(land.hand_over(t.number()))
        said = await _sent(t, HAND_OVER, fine, headers)
        t.holds("IL-212", said.name == "accepted", f"{scheme}: {said.shown}")
    plain = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    said = await _sent(t, HAND_OVER, body(land.hand_over(t.number())), plain)
    why = f"chỉ có Content-Type và Authorization: {said.shown}"
    t.holds("IL-213", said.name == "accepted", why)


for _shared in (taking, life):
    globals().update(tests_of(_shared.__name__, ILIS, __name__))


@shows(SERVER, "IL-806", "IL-807", "IL-808")
async def area_numbers_are_texts(t: Trial) -> None:
    """Mã địa bàn là chữ, so từng ký tự; số bị từ chối; HuyenId không được rỗng."""
    land = ilis(t)
    for name in ("TinhId", "HuyenId", "XaId"):
        fine = land.hand_over(t.number())
        value = int(fine[name]) if str(fine[name]).isdecimal() else 1
        said = await land.say(HAND_OVER, {**fine, name: value})
        land.answered("806", said, "wrong_type", f"{name} là số")
    said = await land.say(HAND_OVER, land.hand_over(t.number(), HuyenId=""))
    land.answered("808", said, "missing_field", "HuyenId rỗng")
    written = _otherwise(t.code("commune"))
    said = await land.say(HAND_OVER, land.hand_over(t.number(), XaId=written))
    land.answered("807", said, "unknown_area", "mã xã thừa hoặc thiếu số 0 ở đầu")


def _otherwise(commune: str) -> str:
    """The same number with other leading zeros: another commune, as a text."""
    return commune.removeprefix("0") if commune.startswith("0") else f"0{commune}"
