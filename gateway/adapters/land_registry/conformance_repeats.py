"""How either land system repeats what was not stored."""

from __future__ import annotations

from collections.abc import Callable

from gateway.adapters.land_registry.conformance_calls import Land, both
from gateway.adapters.land_registry.conformance_desk import (
    BUSY,
    FAILED,
    PAGE,
    STEP,
    STORED,
    UNREADABLE,
    is_about,
)
from gateway.conforming import Answering, Incoming, NotTried, Role, Silence

CLIENT = Role.CLIENT
REPEATS = 20
#: A repeat may come so much sooner than the document's time; clocks differ.
SOONER = 0.9


def same(first: Incoming) -> Callable[[Incoming], bool]:
    """Calls with the same bytes."""
    return lambda call: call.body == first.body and call.path == first.path


async def _first(land: Land, *answers: Answering, act: str = "step") -> Incoming:
    """A dossier's first message, which was answered so."""
    number = land.t.number(act)
    land.t.answering(number, *answers)
    await land.given_as(number, act)
    return await land.t.incoming(is_about(land, number), f"{STEP} của hồ sơ {number}")


async def _repeated(
    land: Land, answer: Answering, cited: str, what: str
) -> tuple[Incoming, Incoming] | None:
    """A message that was answered so, and its repeat; None: there was none."""
    first = await _first(land, answer)
    words, limit = f"gửi lại sau khi {what}", "repeat_wait_s"
    missing = await land.t.quiet(same(first), words, limit=limit)
    why = f"{what}: hệ thống đất đai không gửi lại đúng các byte đó"
    if not land.holds(cited, not missing, why):
        return None
    return first, await land.t.incoming(same(first), words, limit=limit)


@both(CLIENT, "224", "229")
async def a_busy_receiver_is_called_again(land: Land) -> None:
    """Trả lời 503 kèm Retry-After: hệ thống đất đai gửi lại sau 15 phút."""
    found = await _repeated(land, BUSY, "224", "trả lời 503 kèm Retry-After")
    if found is None:
        raise NotTried("không có lần gửi lại nào")
    waited = (found[1].at - found[0].at).total_seconds()
    fine = waited >= SOONER * land.t.seconds("repeat_s")
    land.holds("229", fine, f"gửi lại chỉ sau {waited:.0f} giây")


@both(CLIENT, "225")
async def a_receiver_that_failed_is_called_again(land: Land) -> None:
    """Trả lời 500: hệ thống đất đai gửi lại."""
    await _repeated(land, FAILED, "225", "trả lời 500")


@both(CLIENT, "226")
async def a_lost_answer_is_asked_for_again(land: Land) -> None:
    """Kết nối đứt, không có câu trả lời: hệ thống đất đai gửi lại."""
    await _repeated(land, Silence.CUT, "226", "kết nối đứt không có câu trả lời")


@both(CLIENT, "227")
async def what_could_not_be_read_is_sent_again(land: Land) -> None:
    """Trả lời Result 0: hệ thống đất đai gửi lại y nguyên."""
    await _repeated(land, UNREADABLE, "227", "trả lời Result 0")


@both(CLIENT, "228")
async def a_page_is_no_answer(land: Land) -> None:
    """Trả lời HTTP 200 là một trang HTML: hệ thống đất đai gửi lại."""
    await _repeated(land, PAGE, "228", "trả lời 200 không phải JSON")


@both(CLIENT, "230")
async def what_was_stored_is_not_sent_again(land: Land) -> None:
    """Trả lời Result 1: không gửi lại thông điệp đó."""
    first = await _first(land, STORED)
    still = await land.t.quiet(same(first), "có gửi lại không", limit="repeat_wait_s")
    land.holds("230", still, "thông điệp đã trả lời Result 1 vẫn được gửi lại")


@both(CLIENT, "231")
async def it_is_given_up_after_twenty_repeats(land: Land) -> None:
    """Gửi lại tối đa 20 lần."""
    t = land.t
    if t.seconds("most_repeats_s") < (REPEATS + 1) * t.seconds("repeat_s"):
        raise NotTried("cần chờ lâu hơn times.most_repeats_s cho phép")
    first = await _first(land, *[BUSY] * 1000)
    for _ in range(REPEATS):
        if await t.quiet(same(first), "các lần gửi lại", limit="repeat_wait_s"):
            break
        await t.incoming(same(first), "các lần gửi lại", limit="repeat_wait_s")
    still = await t.quiet(same(first), "lần gửi lại thứ 21", limit="repeat_wait_s")
    land.holds("231", still, "gửi lại hơn 20 lần")


@both(CLIENT, "232")
async def a_later_message_does_not_wait(land: Land) -> None:
    """Thông điệp trước chưa được ghi nhận thì thông điệp sau vẫn đến."""
    first = await _first(land, *[BUSY] * 5, act="two_steps")
    named = (first.content or {}).get("SoBienNhan")

    def later(call: Incoming) -> bool:
        other = call.body != first.body
        return other and (call.content or {}).get("SoBienNhan") == named

    await land.t.incoming(later, f"một thông điệp khác của hồ sơ {named}")
    land.holds("232", fact=True, why="")
