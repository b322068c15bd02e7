"""Commands about dossiers: submit, slip, show, list, find, what stands still."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from gateway.cli import due, loading
from gateway.cli.client import call
from gateway.cli.frame import Json, path, told
from gateway.cli.show import as_json, day, hour, line, moment, pairs, table
from gateway.cli.submitting import submit_folder
from gateway.cli.transfers import show_transfers
from gateway.console import labels

dossier = typer.Typer(no_args_is_help=True, help="Hồ sơ.")
STILL = frozenset({"parked", "unconfirmed"})


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    loading.add_to(dossier)
    due.add_to(dossier)
    app.add_typer(dossier, name="dossier")
    app.command("find")(find)
    app.command("still")(still)


@dossier.command("submit")
@told
def dossier_submit(
    folder: Annotated[
        Path, typer.Argument(help="Tệp dossier.json hoặc thư mục chứa nó.")
    ],
    json_: Json = False,
) -> None:
    """Nộp một hồ sơ thay cho hệ thống một cửa."""
    answer = submit_folder(folder)
    if json_:
        as_json(answer)
        return
    row = answer["dossier"]
    pairs(
        [
            ("Mã hồ sơ", row["number"]),
            ("Số trong cổng", row["id"]),
            ("Tiếp nhận lúc", moment(row["accepted_at"])),
            ("Hẹn trả", day(row.get("due_on"))),
            (
                "Đã gửi trước đó",
                "có, không tạo hồ sơ mới" if answer["repeated"] else "",
            ),
            *((ask_of(ask)) for ask in row.get("asks", ())),
        ]
    )


def ask_of(ask: dict[str, Any]) -> tuple[str, str]:
    """A question to the counter as name and value."""
    listed = [f"{one['value']} {one['name']}".strip() for one in ask.get("choices", ())]
    choose = f" Chọn một: {'; '.join(listed)}." if listed else ""
    return ("Hỏi một cửa", f"{ask['reason']}. {ask['remedy']}{choose}")


@dossier.command("slip")
@told
def dossier_slip(
    number: Annotated[str, typer.Argument(help="Số của hồ sơ, số nào cũng được.")],
    slip: Annotated[str, typer.Argument(metavar="SO_PHIEU", help="Số phiếu chuyển.")],
    file: Annotated[Path, typer.Argument(help="Tệp XML đã ký, giữ nguyên từng byte.")],
    json_: Json = False,
) -> None:
    """Nộp phiếu chuyển thông tin đã ký, khi hệ thống lập phiếu không tự gửi được."""
    answer = call(
        "PUT",
        path("v1", "dossiers", number, "slips", slip),
        raw=file.read_bytes(),
        content_type="application/xml",
    )
    if json_:
        as_json(answer)
        return
    pairs(
        [
            ("Số phiếu", answer["slip"]),
            ("Tình trạng", labels.standing(answer["standing"])),
        ]
    )


@dossier.command("show")
@told
def dossier_show(
    number: Annotated[str, typer.Argument(help="Số bất kỳ của hồ sơ.")],
    json_: Json = False,
) -> None:
    """Xem hồ sơ theo số bất kỳ: đang ở đâu, vì sao, đã qua những gì."""
    row = call("GET", path("v1", "dossiers", number))
    if json_:
        as_json(row)
        return
    pairs(
        [
            ("Mã hồ sơ", row["number"]),
            ("Trạng thái", row["portal_text"]),
            ("Hồ sơ", row["sentence"]),
            (
                "Hẹn trả",
                f"{day(row['due_on'])} {_bracketed(row['due_reason'])}".strip(),
            ),
            *((_place(place)) for place in row["places"]),
            *((ask_of(ask)) for ask in row["asks"]),
            *(
                (labels.number_kind(n["agency"], n["kind"]), n["value"])
                for n in row["numbers"]
            ),
        ]
    )
    table(
        "Phần việc của từng cơ quan",
        ["Cơ quan", "Tình trạng", "Từ lúc"],
        [_leg(leg) for leg in row["legs"]],
        fixed=0,
    )
    sent = [t for t in row["transfers"] if not _is_told(t)]
    names = {leg["office"]: leg["office_name"] for leg in row["legs"]}
    show_transfers("Lượt gửi liên thông", sent, names)
    for transfer in sent:
        if transfer["state"] in STILL:
            said = call("GET", path("v1", "transfers", transfer["id"]))
            pairs(
                [
                    ("Vì sao đứng yên", said.get("words")),
                    ("Việc tiếp theo", said.get("next_action")),
                ]
            )
    _timeline(call("GET", path("v1", "dossiers", row["id"], "timeline"))["timeline"])


def _is_told(transfer: dict[str, Any]) -> bool:
    """A status that the one-stop has; the timeline says so already."""
    return bool(transfer["kind"] == "status" and transfer["state"] == "delivered")


def _bracketed(text: str) -> str:
    return f"({text})" if text else ""


def _place(place: dict[str, Any]) -> tuple[str, str]:
    return ("Đang ở", f"{labels.desk(place)}, từ {moment(place['since'])}")


def _leg(leg: dict[str, Any]) -> tuple[str, str, str]:
    aside = leg.get("aside", "")
    begun = leg["state"] not in {"waiting", "skipped"} and not aside
    state = labels.leg_state(leg["state"], aside)
    pause = labels.pause(leg["pause"], leg["place"])
    name = leg["office_name"] or "chưa xác định"
    if leg["carried_by"] != "gateway":
        name = f"{name} ({labels.carrier(leg['carried_by'])})"
    return (
        name,
        f"{state}: {pause}" if pause else state,
        moment(leg["since"]) if begun else "",
    )


def _timeline(lines: list[dict[str, Any]]) -> None:
    line("Diễn biến qua các cơ quan", style="bold")
    for date, group in groupby(lines, key=lambda one: day(one["at"])):
        line(f"  {date}")
        pairs(
            (
                f"    {hour(one['at'])}",
                "\n".join([f"{one['what']} · {one['who']}", *one["notes"]]),
            )
            for one in group
        )


@dossier.command("list")
@told
def dossier_list(
    state: Annotated[
        str | None,
        typer.Option(help="open (đang giải quyết), ended (đã xong), unrouted."),
    ] = None,
    after: Annotated[str | None, typer.Option(help="Trang sau số này.")] = None,
    json_: Json = False,
) -> None:
    """Danh sách hồ sơ, từng trang."""
    wanted = {"state": state, "after": after}
    query = "&".join(f"{k}={quote(v)}" for k, v in wanted.items() if v)
    answer = call("GET", "/v1/dossiers" + (f"?{query}" if query else ""))
    if json_:
        as_json(answer)
        return
    _listed("Hồ sơ", answer["dossiers"])
    if answer["after"]:
        line(f"Còn nữa: thêm --after {answer['after']}")


def _listed(title: str, rows: list[dict[str, Any]]) -> None:
    table(
        title,
        ["Mã hồ sơ", "Hẹn trả", "Trạng thái", "Hồ sơ đang ở"],
        [
            (
                row["number"],
                day(row["due_on"]),
                row["portal_text"],
                ", ".join(dict.fromkeys(row["places"])),
            )
            for row in rows
        ],
        fixed=2,
    )


@told
def find(
    wanted: Annotated[
        str, typer.Argument(help="Số bất kỳ, họ tên, điện thoại, giấy tờ.")
    ],
    json_: Json = False,
) -> None:
    """Tìm hồ sơ theo số bất kỳ, họ tên, điện thoại, giấy tờ."""
    answer = call("POST", "/v1/find", body={"q": wanted})
    if json_:
        as_json(answer)
    else:
        _listed(f"Kết quả tìm «{wanted}»", answer["dossiers"])


@told
def still(json_: Json = False) -> None:
    """Hồ sơ đang đứng yên: lý do, nơi, từ khi nào, việc tiếp theo."""
    answer = call("GET", "/v1/still")
    if json_:
        as_json(answer)
        return
    table(
        "Hồ sơ đang đứng yên",
        ["Mã hồ sơ, từ lúc", "Vì sao", "Việc tiếp theo"],
        [
            (
                f"{row['number']}\n{moment(row['since'])}",
                f"{row['words']} ({row['office_name'] or 'cổng liên thông'})",
                row["next_action"],
            )
            for row in answer["still"]
        ],
    )
    for one in answer["not_pulled"]:
        line(
            f"{one['office_name']}: không lấy được hồ sơ mới từ"
            f" {moment(one['failing_since'])}. {one['words']}. {one['next_action']}"
        )
