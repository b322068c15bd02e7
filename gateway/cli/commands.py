"""All commands; each is a call of the API and a table."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, NoReturn, ParamSpec
from urllib.parse import quote

import typer

from gateway.cli import processes
from gateway.cli.client import Refused, Unreachable, call
from gateway.cli.show import as_json, errors, moment, pairs, table
from gateway.cli.submitting import submit_folder

app = typer.Typer(
    no_args_is_help=True,
    help="Cổng liên thông: dòng lệnh.",
    pretty_exceptions_enable=False,  # tracebacks with locals would show personal data
)
dossier = typer.Typer(no_args_is_help=True, help="Hồ sơ.")
transfer = typer.Typer(no_args_is_help=True, help="Lượt gửi liên thông.")
route = typer.Typer(no_args_is_help=True, help="Lộ trình liên thông.")
config = typer.Typer(no_args_is_help=True, help="Cấu hình.")
agency = typer.Typer(no_args_is_help=True, help="Cơ quan kết nối.")
clock = typer.Typer(no_args_is_help=True, help="Đồng hồ ảo (chế độ giả lập).")
lane = typer.Typer(no_args_is_help=True, help="Dừng và mở việc gửi đến một cơ quan.")
for name, part in (
    ("dossier", dossier),
    ("transfer", transfer),
    ("route", route),
    ("config", config),
    ("agency", agency),
    ("clock", clock),
    ("lane", lane),
):
    app.add_typer(part, name=name)
processes.add_to(app)

Json = Annotated[bool, typer.Option("--json", help="In nguyên câu trả lời JSON.")]
P = ParamSpec("P")


def _fail(text: str, code: int) -> NoReturn:
    errors.print(f"[red]{text}[/red]")
    raise typer.Exit(code)


def told(command: Callable[P, None]) -> Callable[P, None]:
    """Turn a refusal of the API into words and an exit code (1 refused, 2 unreachable)."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except Refused as refused:
            for wrong in refused.body.get("errors", ()):
                errors.print(f"  {wrong['pointer'] or '/'}: {wrong['message']}")
            _fail(f"{refused.status}: {refused}", 1)
        except Unreachable as away:
            _fail(f"Không kết nối được cổng liên thông: {away}", 2)

    return wrapped


def _path(*parts: str) -> str:
    return "/" + "/".join(quote(part, safe="") for part in parts)


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
            ("Đã gửi trước đó", "có" if answer["repeated"] else "không"),
        ]
    )


@dossier.command("show")
@told
def dossier_show(number: str, json_: Json = False) -> None:
    """Xem hồ sơ theo số bất kỳ."""
    row = call("GET", _path("v1", "dossiers", number))
    if json_:
        as_json(row)
        return
    pairs(
        [
            ("Mã hồ sơ", row["number"]),
            ("Trạng thái", f"{row['portal_code']} ({row['portal_text']})"),
            ("", row["sentence"]),
            ("Hẹn trả", f"{row['due_on'] or ''} {row['due_reason']}"),
        ]
    )
    table(
        "Phần việc",
        [
            ("office_name", "Cơ quan"),
            ("state", "Tình trạng"),
            ("place", "Ở"),
            ("since", "Từ"),
        ],
        row["legs"],
    )
    _transfers(row["transfers"])


def _transfers(rows: list[dict[str, Any]]) -> None:
    table(
        "Lượt gửi liên thông",
        [
            ("id", "Lượt gửi"),
            ("office", "Cơ quan"),
            ("kind", "Loại"),
            ("state", "Tình trạng"),
            ("fate", "Thông điệp"),
            ("attempts", "Lần gửi"),
            ("cause", "Lý do"),
        ],
        rows,
    )


@dossier.command("list")
@told
def dossier_list(
    state: Annotated[str | None, typer.Option(help="open, ended hoặc unrouted")] = None,
    json_: Json = False,
) -> None:
    """Danh sách hồ sơ."""
    query = f"?state={quote(state)}" if state else ""
    answer = call("GET", "/v1/dossiers" + query)
    if json_:
        as_json(answer)
        return
    table(
        "Hồ sơ",
        [
            ("number", "Mã hồ sơ"),
            ("portal_text", "Trạng thái"),
            ("places", "Đang ở"),
            ("due_on", "Hẹn trả"),
            ("end", "Kết thúc"),
        ],
        answer["dossiers"],
    )


@transfer.command("list")
@told
def transfer_list(
    state: Annotated[str, typer.Option()] = "parked,unconfirmed", json_: Json = False
) -> None:
    """Các lượt gửi theo trạng thái."""
    answer = call("GET", f"/v1/transfers?state={quote(state)}")
    if json_:
        as_json(answer)
    else:
        _transfers(answer["transfers"])


@transfer.command("show")
@told
def transfer_show(identifier: str, json_: Json = False) -> None:
    """Một lượt gửi với các lần gửi và việc có thể làm."""
    row = call("GET", _path("v1", "transfers", identifier))
    if json_:
        as_json(row)
        return
    _transfers([row])
    table(
        "Các lần gửi",
        [
            ("number", "Lần"),
            ("purpose", "Việc"),
            ("at", "Lúc"),
            ("outcome", "Kết quả"),
            ("code", "Mã"),
        ],
        row["history"],
    )
    pairs([("Có thể làm", ", ".join(row["actions"]) or "không có")])


def _act(identifier: str, action: str, reason: str, *, json_: bool) -> None:
    row = call(
        "POST", _path("v1", "transfers", identifier, action), body={"reason": reason}
    )
    if json_:
        as_json(row)
    else:
        _transfers([row])


Reason = Annotated[str, typer.Option("--reason", help="Lý do, bắt buộc.")]


@transfer.command("resend")
@told
def transfer_resend(identifier: str, reason: Reason, json_: Json = False) -> None:
    """Gửi lại; nếu thông điệp có thể đã đến, cổng hỏi cơ quan trước."""
    _act(identifier, "resend", reason, json_=json_)


@transfer.command("cancel")
@told
def transfer_cancel(identifier: str, reason: Reason, json_: Json = False) -> None:
    """Hủy một lượt gửi chưa xong."""
    _act(identifier, "cancel", reason, json_=json_)


@transfer.command("settle")
@told
def transfer_settle(
    identifier: str,
    has_it: Annotated[
        bool, typer.Option("--has-it/--has-it-not", help="Cơ quan đã nhận hay chưa.")
    ],
    reason: Reason,
    json_: Json = False,
) -> None:
    """Ghi nhận điều cơ quan đã xác nhận: đã nhận hay chưa nhận."""
    action = "agency_has_it" if has_it else "agency_has_it_not"
    _act(identifier, action, reason, json_=json_)


@app.command("find")
@told
def find(wanted: str, json_: Json = False) -> None:
    """Tìm hồ sơ theo số bất kỳ, họ tên, điện thoại, giấy tờ."""
    answer = call("POST", "/v1/find", body={"q": wanted})
    if json_:
        as_json(answer)
        return
    table(
        f"Kết quả tìm «{wanted}»",
        [("number", "Mã hồ sơ"), ("portal_text", "Trạng thái"), ("places", "Đang ở")],
        answer["dossiers"],
    )


@app.command("still")
@told
def still(json_: Json = False) -> None:
    """Hồ sơ đang đứng yên: lý do, nơi, từ khi nào."""
    answer = call("GET", "/v1/still")
    if json_:
        as_json(answer)
        return
    table(
        "Đang đứng yên",
        [
            ("number", "Mã hồ sơ"),
            ("words", "Vì sao"),
            ("office_name", "Ở đâu"),
            ("since", "Từ"),
            ("next_action", "Việc tiếp theo"),
        ],
        answer["still"],
    )


@route.command("explain")
@told
def route_explain(
    what: Annotated[str, typer.Argument(help="Tệp dossier.json hoặc số hồ sơ.")],
    json_: Json = False,
) -> None:
    """Hồ sơ đi đâu, theo quy tắc nào, vì sao không đi nơi khác."""
    path = Path(what)
    path = path / "dossier.json" if path.is_dir() else path
    if not path.exists():
        answer = call("GET", _path("v1", "dossiers", what, "route"))
        if json_:
            as_json(answer)
        else:
            _route_of_dossier(answer)
        return
    document = json.loads(path.read_text("utf-8"))
    answer = call("POST", "/v1/route/explain", body=document)
    if json_:
        as_json(answer)
    else:
        _route(answer)


def _route_of_dossier(answer: dict[str, Any]) -> None:
    pairs(
        [
            ("Thủ tục", f"{answer['procedure']} bản {answer['version']}"),
            ("Quy tắc áp dụng", ", ".join(answer["rules"])),
            ("Chưa có cơ quan", answer["unrouted"] or "–"),
        ]
    )
    table(
        "Phần việc",
        [
            ("office_name", "Cơ quan"),
            ("carried_by", "Ai chuyển"),
            ("state", "Tình trạng"),
        ],
        answer["legs"],
    )


def _route(answer: dict[str, Any]) -> None:
    checked = "đã kiểm chứng" if answer["verified"] else "CHƯA kiểm chứng"
    pairs(
        [
            ("Thủ tục", f"{answer['procedure']} bản {answer['version']}"),
            ("Căn cứ", f"{answer['decision']} ({checked})"),
            ("Xã hiện nay", ", ".join(answer["communes"]) or "không xác định"),
            ("Chưa có cơ quan", answer["unrouted"] or "–"),
        ]
    )
    for leg in answer["legs"]:
        rows = [
            {**rule, "chosen": "✔" if rule["chosen"] else "✘"} for rule in leg["rules"]
        ]
        goes = leg["office_name"] or "chưa có cơ quan"
        carried = (
            "" if leg["carried_by"] == "gateway" else f", {leg['carried_by']} tự chuyển"
        )
        table(
            f"Phần việc «{leg['leg']}» → {goes}{carried}",
            [
                ("chosen", ""),
                ("rule", "Quy tắc"),
                ("office", "Cơ quan"),
                ("reason", "Vì sao"),
            ],
            rows,
        )


@lane.command("list")
@told
def lane_list(json_: Json = False) -> None:
    """Tình trạng gửi đến từng cơ quan."""
    answer = call("GET", "/v1/lanes")
    if json_:
        as_json(answer)
        return
    table(
        "Đường gửi",
        [
            ("office", "Cơ quan"),
            ("state", "Tình trạng"),
            ("since", "Từ"),
            ("why", "Vì sao"),
            ("by", "Bởi"),
        ],
        answer["lanes"],
    )


@lane.command("pause")
@told
def lane_pause(office: str, reason: Reason) -> None:
    """Dừng gửi đến một cơ quan."""
    call(
        "POST",
        _path("v1", "lanes", office, "pause"),
        role="administrator",
        body={"reason": reason},
    )


@lane.command("resume")
@told
def lane_resume(office: str, reason: Reason) -> None:
    """Mở lại việc gửi đến một cơ quan."""
    call(
        "POST",
        _path("v1", "lanes", office, "resume"),
        role="administrator",
        body={"reason": reason},
    )


Folder = Annotated[Path, typer.Option("--folder", help="Thư mục cấu hình.")]


@config.command("check")
@told
def config_check(folder: Folder = Path("config")) -> None:
    """Kiểm tra cấu hình trong thư mục, không áp dụng."""
    found = processes.check_configuration(folder)
    for line in found:
        errors.print(line)
    if found:
        _fail(f"{len(found)} lỗi cấu hình.", 1)
    pairs([("Cấu hình", "hợp lệ")])


@config.command("apply")
@told
def config_apply(folder: Folder = Path("config"), json_: Json = False) -> None:
    """Kiểm tra rồi áp dụng thành một phiên bản mới."""
    found = processes.check_configuration(folder)
    if found:
        for line in found:
            errors.print(line)
        _fail(f"{len(found)} lỗi cấu hình.", 1)
    content = processes.configuration_content(folder)
    answer = call("POST", "/v1/configuration", role="administrator", body=content)
    if json_:
        as_json(answer)
        return
    pairs([("Phiên bản đang chạy", answer["version"])])
    for line in answer["changes"]:
        errors.print(f"  {line}")


@agency.command("list")
@told
def agency_list(json_: Json = False) -> None:
    """Cơ quan kết nối: khả năng, nguồn gốc tài liệu."""
    rows = processes.agencies()
    if json_:
        as_json(rows)
        return
    table(
        "Cơ quan",
        [
            ("id", "Mã"),
            ("name", "Tên"),
            ("kinds", "Loại thông điệp"),
            ("provenance", "Nguồn gốc tài liệu"),
        ],
        rows,
    )


@clock.command("advance")
@told
def clock_advance(
    to: Annotated[str, typer.Argument(help="Thời điểm ISO, hoặc số giờ như +24h.")],
) -> None:
    """Đưa đồng hồ ảo của cổng và các cơ quan giả lập tới trước."""
    pairs([("Bây giờ là", moment(processes.advance_clock(to)))])


def main() -> None:
    """Run the command line."""
    app()
