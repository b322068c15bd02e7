"""What an agency's system does that fetches and reports, by the interface document."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from gateway.adapters.open.conformance_calls import transfer
from gateway.adapters.open.conformance_desk import (
    INVALID,
    LATER,
    PAGE_OF_ANOTHER,
    UNKNOWN_FATE,
    clear,
    key_of,
    lay,
    number_of,
    operation_of,
    recorded,
    told,
    usual,
)
from gateway.conforming import (
    Answering,
    Incoming,
    NotTried,
    Reply,
    Role,
    Silence,
    Trial,
    shows,
)

__all__ = ["number_of", "usual"]
CLIENT = Role.CLIENT
#: Looks that are watched for their pace.
LOOKS = 3
LEAST_BETWEEN_LOOKS_S = 9.5
AHEAD = timedelta(minutes=5)
SEVERAL = 2
UNKNOWN_KIND = "loai_moi_cua_cong"
Fits = Callable[[Incoming], bool]


def called(operation: str, **wanted: Any) -> Fits:
    """Calls of an operation whose fields have these values."""

    def fits(call: Incoming) -> bool:
        content = call.content or {}
        return operation_of(call) == operation and all(
            content.get(name) == value for name, value in wanted.items()
        )

    return fits


def acknowledges(identifier: str) -> Fits:
    """Acknowledgements of a transfer."""

    def fits(call: Incoming) -> bool:
        ids = (call.content or {}).get("ids")
        found = isinstance(ids, list) and identifier in ids
        return operation_of(call) == "acknowledge" and found

    return fits


def reports(content: dict[str, Any], *kinds: str) -> Fits:
    """Reports about a transfer or its dossier, perhaps of some kinds only."""

    def fits(call: Incoming) -> bool:
        said = call.content or {}
        mine = content["id"] == said.get("transfer") or content["dossier"] == said.get(
            "dossier"
        )
        right = not kinds or said.get("kind") in kinds
        return operation_of(call) == "report" and mine and right

    return fits


def ready(t: Trial, kind: str = "hand_over", **more: Any) -> dict[str, Any]:
    """A transfer that lies ready alone."""
    clear(t)
    return lay(t, transfer(t, t.number(), kind, **more))


@shows(CLIENT, "MO-301", "MO-302", "MO-303", "MO-403")
async def a_transfer_is_fetched_stored_and_acknowledged(t: Trial) -> None:
    """Lấy lượt gửi, lấy tệp, rồi mới xác nhận; đúng khuôn, đúng khóa."""
    content = ready(t, files=SEVERAL)
    calls = [await t.incoming(called("fetch"), "lấy lượt gửi (fetch)")]
    seen: list[str] = []

    def about(call: Incoming) -> bool:
        return acknowledges(content["id"])(call) or called("file")(call)

    while not seen or seen[-1] != "acknowledge":
        calls.append(await t.incoming(about, f"lấy tệp và xác nhận {content['id']}"))
        seen.append(operation_of(calls[-1]))
    fetched = {str((one.content or {}).get("id")) for one in calls[1:-1]}
    missing = {row["id"] for row in content["files"]} - fetched
    t.holds("MO-403", not missing, f"xác nhận khi chưa lấy {len(missing)} tệp")
    for call in calls:
        right = call.method == "POST" and call.content is not None
        t.holds(
            "MO-301", right, f"{call.method} {operation_of(call)}: không phải POST JSON"
        )
        wrong = t.wrong(operation_of(call), call.content)
        t.holds("MO-302", not wrong, f"{operation_of(call)}: sai ở {', '.join(wrong)}")
        t.holds("MO-303", t.key("office") in key_of(call), "khóa sai hoặc thiếu")
        around = unquote(f"{call.path}?{call.query}")
        t.holds("MO-303", t.key("office") not in around, "khóa nằm trong địa chỉ")


@shows(CLIENT, "MO-401")
async def a_walk_goes_from_page_to_page(t: Trial) -> None:
    """Mỗi lượt lấy bắt đầu không có after, và đi hết các trang."""
    clear(t)
    both = [lay(t, transfer(t, t.number(), files=0)) for _ in range(SEVERAL)]

    def first(call: Incoming) -> bool:
        return called("fetch")(call) and not (call.content or {}).get("after")

    def next_(call: Incoming) -> bool:
        return called("fetch")(call) and bool((call.content or {}).get("after"))

    await t.incoming(first, "lấy trang đầu, không có after")
    missing = await t.quiet(next_, "lấy trang tiếp theo", limit="repeat_wait_s")
    if t.holds("MO-401", not missing, "more là true mà không lấy trang tiếp theo"):
        for one in both:
            await t.incoming(acknowledges(one["id"]), f"xác nhận {one['id']}")
        again = await t.incoming(called("fetch"), "lượt lấy sau")
        while (again.content or {}).get("after"):
            again = await t.incoming(called("fetch"), "lượt lấy sau, không có after")


@shows(CLIENT, "MO-402")
async def it_looks_no_more_often_than_makes_sense(t: Trial) -> None:
    """Không lấy dày hơn 10 giây một lần."""
    clear(t)
    looks = [
        await t.incoming(called("fetch"), "lấy lượt gửi (fetch)") for _ in range(LOOKS)
    ]
    gaps = [
        (later.at - one.at).total_seconds() for one, later in itertools.pairwise(looks)
    ]
    fine = min(gaps) >= LEAST_BETWEEN_LOOKS_S
    t.holds("MO-402", fine, f"hai lần lấy chỉ cách nhau {min(gaps):.1f} giây")


@shows(CLIENT, "MO-404")
async def a_file_that_is_not_whole_is_fetched_again(t: Trial) -> None:
    """Tệp có mã băm khác danh sách: lấy lại, chưa xác nhận."""
    content = ready(t)
    name = content["files"][0]["id"]
    t.answering(f"file:{name}", Reply(200, b"%PDF-1.4 hong"))
    await t.incoming(called("file", id=name), f"lấy tệp {name}")

    def either(call: Incoming) -> bool:
        return called("file", id=name)(call) or acknowledges(content["id"])(call)

    call = await t.incoming(either, f"lấy lại tệp {name}")
    why = "xác nhận dù tệp nhận được có mã băm khác"
    t.holds("MO-404", operation_of(call) == "file", why)


@shows(CLIENT, "MO-405", "MO-406")
async def what_it_does_not_know_is_acknowledged(t: Trial) -> None:
    """Loại chưa biết và trường chưa biết: vẫn lưu và xác nhận."""
    for cited, kind, more in (
        ("MO-405", UNKNOWN_KIND, {}),
        ("MO-406", "hand_over", {"truong_moi": {"a": 1}}),
    ):
        content = ready(t, kind, files=0, **more)
        missing = await t.quiet(
            acknowledges(content["id"]),
            f"xác nhận {content['id']}",
            limit="repeat_wait_s",
        )
        t.holds(cited, not missing, "không xác nhận")


async def _again(
    t: Trial, content: dict[str, Any], answer: Answering, cited: str, what: str
) -> None:
    """An acknowledgement that was answered so comes again."""
    t.answering(f"acknowledge:{content['id']}", answer)
    await t.incoming(acknowledges(content["id"]), f"xác nhận {content['id']}")
    missing = await t.quiet(
        acknowledges(content["id"]),
        f"xác nhận lại sau khi {what}",
        limit="repeat_wait_s",
    )
    t.holds(cited, not missing, f"{what}: không xác nhận lại")


@shows(CLIENT, "MO-304", "MO-305")
async def what_was_not_taken_is_acknowledged_again(t: Trial) -> None:
    """Xác nhận được trả lời 503, hoặc bằng một trang HTML: gọi lại."""
    # Of a kind that nobody knows no report follows, which would acknowledge it, too.
    await _again(t, ready(t, UNKNOWN_KIND, files=0), LATER, "MO-305", "trả lời 503")
    content, what = ready(t, UNKNOWN_KIND, files=0), "trả lời 200 bằng trang HTML"
    await _again(t, content, PAGE_OF_ANOTHER, "MO-304", what)


@shows(CLIENT, "MO-407")
async def what_comes_again_counts_once(t: Trial) -> None:
    """Xác nhận bị mất câu trả lời nên lượt gửi đến lần nữa: chỉ tính một lần."""
    content = ready(t, files=0)
    t.answering(f"acknowledge:{content['id']}", Silence.CUT)
    await t.ask("accept", content["dossier"])
    accepted = reports(content, "accepted")
    first = await t.incoming(accepted, f"báo cáo accepted của {content['dossier']}")
    report_id = (first.content or {}).get("report_id")

    def anew(call: Incoming) -> bool:
        return accepted(call) and (call.content or {}).get("report_id") != report_id

    still = await t.quiet(anew, "báo cáo accepted thứ hai", limit="repeat_wait_s")
    t.holds("MO-407", still, "báo accepted hai lần, với hai report_id")


@shows(CLIENT, "MO-408", "MO-409", "MO-410", "MO-412")
async def a_dossier_is_reported_to_its_end(t: Trial) -> None:
    """Tiếp nhận rồi báo xong (chờ người của cơ quan): đúng khuôn, đúng giờ, mỗi report_id một lần."""
    content = ready(t)
    await t.ask("finish", content["dossier"])
    found: dict[str, bytes] = {}
    kind = ""
    while kind != "finished":
        call = await t.incoming(
            reports(content),
            f"báo cáo đến finished của {content['dossier']}",
            limit="finish_s",
        )
        said = call.content or {}
        kind = str(said.get("kind", ""))
        wrong = t.wrong("report", said)
        t.holds("MO-408", not wrong, f"báo cáo {kind}: sai ở {', '.join(wrong)}")
        moment = said.get("event_at")
        t.holds(
            "MO-409",
            moment is None or _zoned(moment, call.at),
            "event_at không có múi giờ hoặc ở tương lai",
        )
        known = found.setdefault(str(said.get("report_id")), call.body)
        t.holds("MO-410", known == call.body, "một report_id cho hai nội dung")
    t.holds("MO-412", kind == "finished", "không báo finished")


def _zoned(text: object, now: datetime) -> bool:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return False
    return at.tzinfo is not None and at <= now + AHEAD


async def _reported(
    t: Trial, answer: Answering | None, what: str
) -> tuple[dict[str, Any], Incoming, bool]:
    """A first report that was answered so; whether the same came again."""
    content = ready(t, files=0)
    await t.ask("accept", content["dossier"])
    if answer is not None:
        for name in (content["id"], content["dossier"]):
            t.answering(f"report:{name}", answer)
    first = await t.incoming(reports(content), f"báo cáo của {content['dossier']}")

    def same(call: Incoming) -> bool:
        return _same(call) == _same(first)

    quiet = await t.quiet(same, f"báo cáo lại sau khi {what}", limit="repeat_wait_s")
    return content, first, not quiet


def _same(call: Incoming) -> dict[str, Any]:
    """What is the same on every attempt."""
    return {
        name: value for name, value in (call.content or {}).items() if name != "key"
    }


@shows(CLIENT, "MO-306", "MO-307")
async def a_report_of_unknown_fate_is_sent_again(t: Trial) -> None:
    """Câu trả lời bị mất, hoặc 503 store_fate_unknown: báo lại đúng report_id và nội dung."""
    *_, again = await _reported(t, Silence.CUT, "mất câu trả lời")
    t.holds("MO-306", again, "mất câu trả lời: không báo lại y nguyên")
    *_, again = await _reported(t, UNKNOWN_FATE, "503 store_fate_unknown")
    t.holds("MO-307", again, "503 store_fate_unknown: không báo lại y nguyên")


@shows(CLIENT, "MO-308", "MO-411")
async def what_was_decided_is_not_sent_again(t: Trial) -> None:
    """Bị từ chối 422, hoặc applied là false: không báo lại y nguyên."""
    *_, again = await _reported(t, INVALID, "bị từ chối 422")
    t.holds("MO-308", not again, "bị từ chối 422 mà vẫn báo lại y nguyên")
    late = told(
        recorded({"report_id": "bo-thu"}, "", applied=False, reason="leg_ended")
    )
    *_, again = await _reported(t, late, "applied là false")
    t.holds("MO-411", not again, "applied là false mà vẫn báo lại")


@shows(CLIENT, "MO-413")
async def a_withdrawal_is_carried_out(t: Trial) -> None:
    """Người dân rút hồ sơ: báo withdrawn, hoặc finished nếu đã muộn."""
    content = ready(t, files=0)
    await t.incoming(acknowledges(content["id"]), f"xác nhận {content['id']}")
    details = {"reason": "Không còn nhu cầu (thử)"}
    away = lay(t, transfer(t, content["dossier"], "withdraw", files=0, details=details))

    def ended(call: Incoming) -> bool:
        either = reports(content, "withdrawn", "finished")(call)
        return either or reports(away, "withdrawn", "finished")(call)

    missing = await t.quiet(ended, "báo withdrawn hoặc finished", limit="finish_s")
    if missing:
        raise NotTried("chưa thấy báo withdrawn hoặc finished trong thời gian chờ")
    t.holds("MO-413", fact=True, why="")
