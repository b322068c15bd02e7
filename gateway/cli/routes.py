"""Where a dossier goes and why not elsewhere; which agencies are connected."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.client import Refused, call
from gateway.cli.frame import Json, path, told
from gateway.cli.show import as_json, day, line, pairs, table
from gateway.cli.submitting import read_document
from gateway.console import labels

route = typer.Typer(no_args_is_help=True, help="Lộ trình liên thông.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(route, name="route")


@route.command("explain")
@told
def route_explain(
    what: Annotated[str, typer.Argument(help="Tệp dossier.json hoặc số hồ sơ.")],
    json_: Json = False,
) -> None:
    """Hồ sơ đi đâu, theo quy tắc nào, vì sao không đi nơi khác."""
    if Path(what).exists():
        document, _ = read_document(Path(what))
        answer = call("POST", "/v1/route/explain", body=document)
        if json_:
            as_json(answer)
        else:
            _route(answer)
        return
    answer = call("GET", path("v1", "dossiers", what, "route"))
    if json_:
        as_json(answer)
        return
    _accepted_route(answer)
    document = call("GET", path("v1", "dossiers", what))["document"]
    line()
    line("Nếu nộp hôm nay, theo cấu hình hiện hành:", style="bold")
    try:
        _route(call("POST", "/v1/route/explain", body=document))
    except Refused as refused:
        line(f"không giải thích được: {refused}")


def _accepted_route(answer: dict[str, Any]) -> None:
    pairs(
        [
            ("Thủ tục", f"{answer['procedure']} bản {answer['version']}"),
            ("Quy tắc đã áp dụng", ", ".join(answer["rules"])),
            ("Chưa có cơ quan", labels.reason(answer["unrouted"])),
        ]
    )
    table(
        "Phần việc",
        ["Cơ quan", "Ai chuyển", "Tình trạng"],
        [
            (
                leg["office_name"] or "chưa xác định",
                labels.carrier(leg["carried_by"]),
                labels.leg_state(leg["state"], leg.get("aside", "")),
            )
            for leg in answer["legs"]
        ],
        fixed=0,
    )


def _route(answer: dict[str, Any]) -> None:
    checked = "đã kiểm chứng" if answer["verified"] else "CHƯA kiểm chứng"
    pairs(
        [
            ("Thủ tục", f"{answer['procedure']} bản {answer['version']}"),
            ("Căn cứ", f"{answer['decision']} ({checked})"),
            ("Xã hiện nay", _communes(answer)),
            ("Chưa có cơ quan", labels.reason(answer["unrouted"])),
        ]
    )
    for meant in answer["meant_before"]:
        line(
            f"Đến hết {day(meant['until'])} mã xã này là {meant['name']}: hồ sơ theo danh"
            " mục cũ thì ghi as_of (lienthong area show)."
        )
    for leg in answer["legs"]:
        name = labels.AGENCIES.get(leg["agency"], leg["agency"])
        goes = leg["office_name"] or "chưa có cơ quan"
        by_others = leg["carried_by"] != "gateway"
        carried = f", {labels.carrier(leg['carried_by'])}" if by_others else ""
        carried += f", theo kênh: {leg['road']}" if leg["road"] else ""
        line()
        line(f"Phần việc {name} → {goes}{carried}", style="bold")
        if leg["skipped"]:
            line(f"  không cần: {leg['skipped']}")
        table(
            "Quy tắc đã xét",
            ["", "Quy tắc", "Đơn vị", "Vì sao", "Căn cứ"],
            [
                (
                    "✔" if rule["chosen"] else "✘",
                    rule["rule"],
                    rule["office"],
                    rule["reason"],
                    _basis(rule),
                )
                for rule in leg["rules"]
            ],
        )


def _communes(answer: dict[str, Any]) -> str:
    units = zip(answer["communes"], answer["commune_names"], strict=True)
    named = ", ".join(f"{code} {name}" for code, name in units)
    if not named:
        return "không xác định"
    return f"một trong: {named}" if len(answer["communes"]) > 1 else named


def _basis(rule: dict[str, Any]) -> str:
    mark = "" if rule["verified"] else " (chưa kiểm chứng)"
    return f"{rule['decision']}{mark}" if rule["decision"] else ""
