"""Commands on lanes: how each stands, stop and go on, one office or many."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gateway.cli.client import call
from gateway.cli.frame import Json, Reason, fail, path, told
from gateway.cli.show import as_json, errors, line, moment, pairs, table
from gateway.console import labels

lane = typer.Typer(no_args_is_help=True, help="Dừng và mở việc gửi đến các cơ quan.")
Office = Annotated[str, typer.Argument(help="Mã đơn vị nhận, xem lane list.")]
OneOffice = Annotated[
    str, typer.Argument(help="Mã đơn vị nhận; hoặc dùng --agency, --all.")
]
Agency = Annotated[
    str,
    typer.Option("--agency", help="Mọi đơn vị của một ngành (land_registry, tax…)."),
]
To = Annotated[str, typer.Option("--to", help="Kênh làm tay cùng ngành nhận thay.")]
End = Annotated[bool, typer.Option("--end", help="Trở lại kênh của chính đơn vị.")]
Everything = Annotated[bool, typer.Option("--all", help="Mọi đơn vị.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(lane, name="lane")


@lane.command("list")
@told
def lane_list(json_: Json = False) -> None:
    """Tình trạng gửi đến từng cơ quan."""
    answer = call("GET", "/v1/lanes")
    if json_:
        as_json(answer)
        return
    table(
        "Việc gửi đến từng đơn vị",
        ["Mã đơn vị", "Tên", "Tình trạng", "Đầu mối"],
        [
            (
                *(row["office"], row["office_name"]),
                *(_lane(row) + _stands(row), _people(row)),
            )
            for row in answer["lanes"]
        ],
    )


def _people(row: dict[str, Any]) -> str:
    return "; ".join(row.get("contacts", ()))


def _lane(row: dict[str, Any]) -> str:
    state = labels.lane(row["state"])
    if row["state"] == "open":
        return state
    since = f" từ {moment(row['since'])}" if row["since"] else ""
    by = f" ({labels.actor(row['by'])})" if row["by"] else ""
    why = f": {row['words']}" if row["words"] else ""
    return f"{state}{since}{by}{why}"


def _stands(row: dict[str, Any]) -> str:
    one = row.get("fallback")
    if not one:
        return ""
    return f"; {one['to_name']} nhận thay từ {moment(one['since'])}: {one['why']}"


def _steer(office: str, what: str, reason: str) -> None:
    answer = call(
        "POST",
        path("v1", "lanes", office, what),
        role="administrator",
        body={"reason": reason},
    )
    pairs([(answer["office"], labels.lane(answer["state"]))])


@lane.command("pause")
@told
def lane_pause(office: Office, reason: Reason) -> None:
    """Dừng gửi đến một cơ quan."""
    _steer(office, "pause", reason)


@lane.command("stop")
@told
def lane_stop(
    reason: Reason,
    office: OneOffice = "",
    agency: Agency = "",
    all_: Everything = False,
) -> None:
    """Dừng khẩn cấp: không gửi, không hỏi lại, không tra cứu, không tải tệp."""
    _several("stop", reason, office, agency, all_)


@lane.command("resume")
@told
def lane_resume(
    reason: Reason,
    office: OneOffice = "",
    agency: Agency = "",
    all_: Everything = False,
) -> None:
    """Mở lại việc gửi đến một cơ quan, một ngành hoặc tất cả."""
    if office and not agency and not all_:
        _steer(office, "resume", reason)
    else:
        _several("resume", reason, office, agency, all_)


def _several(what: str, reason: str, office: str, agency: str, all_: bool) -> None:
    """One act on many; what was not done is told, and is the exit code."""
    chosen = {"office": office, "agency": agency, "all": all_}
    answer = call(
        "POST",
        path("v1", "lanes", what),
        role="administrator",
        body={"reason": reason, **{k: v for k, v in chosen.items() if v}},
    )
    state = "paused" if what == "stop" else "open"
    pairs([(one, labels.lane(state)) for one in answer["done"]])
    if not answer["done"]:
        line("Không đơn vị nào thay đổi.")
    for one in answer["not_done"]:
        errors.print(f"  {one['office']}: {one['remedy']}", markup=False)
    if answer["not_done"]:
        fail(f"{len(answer['not_done'])} đơn vị chưa thực hiện được.")


@lane.command("fallback")
@told
def lane_fallback(
    office: Office, reason: Reason, to: To = "", end: End = False
) -> None:
    """Cho kênh làm tay nhận thay một đơn vị hỏng lâu (--to), hoặc trở lại (--end)."""
    answer = call(
        "POST",
        path("v1", "lanes", office, "fallback"),
        role="administrator",
        body={"reason": reason, "to": to, "end": end},
    )
    stands = answer["fallback"]
    pairs([(office, f"{stands['to_name']} nhận thay" if stands else "tự nhận")])


@lane.command("shadow")
@told
def lane_shadow(office: Office, reason: Reason) -> None:
    """Chạy song song với cách làm hiện nay: lập lượt gửi để xem, không gửi gì."""
    _steer(office, "shadow", reason)


@lane.command("live")
@told
def lane_live(office: Office, reason: Reason) -> None:
    """Hết chạy song song: hồ sơ nhận từ bây giờ được gửi thật."""
    _steer(office, "live", reason)
