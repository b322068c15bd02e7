"""Commands on contested latenesses: objections, the head's decisions, whom to tell."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from gateway.cli.client import call, fetch
from gateway.cli.frame import Json, Reason, path, told
from gateway.cli.saving import save
from gateway.cli.show import as_json, day, line, moment, table

lateness = typer.Typer(
    no_args_is_help=True, help="Chậm tính cho cơ quan nào: báo, ý kiến, quyết định."
)
Number = Annotated[str, typer.Argument(help="Số bất kỳ của hồ sơ.")]
Objection = Annotated[str, typer.Argument(help="Mã ý kiến (ob_…), xem lateness list.")]
State = Annotated[
    str, typer.Option("--state", help="open, upheld, rejected hoặc overtaken.")
]
Office = Annotated[str, typer.Option("--office", help="Mã đơn vị, xem lane list.")]
Paper = Annotated[str, typer.Option("--paper", help="Số văn bản.")]
Party = Annotated[
    str,
    typer.Option(
        "--party", help="Chấp nhận: chậm tính cho bên nào, xem lateness show."
    ),
]
Upheld = Annotated[
    bool, typer.Option("--uphold/--reject", help="Chấp nhận ý kiến, hoặc không.")
]
Chosen = Annotated[list[str], typer.Argument(help="Số của từng hồ sơ.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(lateness, name="lateness")


@lateness.command("list")
@told
def lateness_list(state: State = "open", office: str = "", json_: Json = False) -> None:
    """Ý kiến của các đơn vị, cũ nhất trước, còn mấy ngày để trả lời."""
    rows: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        asked = {"state": state, "office": office, "after": after}
        found = call(
            "GET", "/v1/objections?" + urlencode({k: v for k, v in asked.items() if v})
        )
        rows += found["objections"]
        after = found["after"]
    if json_:
        as_json({"objections": rows})
        return
    table(
        "Ý kiến về hồ sơ quá hạn",
        ["Mã", "Hồ sơ", "Đơn vị", "Lý do", "Tình trạng", "Trả lời trước"],
        [
            (
                *(one["id"], one["number"], one["office_name"], one["reason"]),
                *(one["state_text"], day(one["answer_until"])),
            )
            for one in rows
        ],
    )


@lateness.command("show")
@told
def lateness_show(number: Number, json_: Json = False) -> None:
    """Chậm của một hồ sơ tính cho ai, đã chốt hay chưa, ai nói gì."""
    _show(call("GET", path("v1", "dossiers", number, "objections")), json_)


@lateness.command("object")
@told
def lateness_object(
    number: Number, reason: Reason, paper: Paper, json_: Json = False
) -> None:
    """Ghi ý kiến thay đơn vị, theo văn bản của đơn vị."""
    where = path("v1", "dossiers", number, "objections")
    body = {"reason": reason, "paper": paper}
    _show(call("POST", where, role="operator", body=body), json_)


@lateness.command("decide")
@told
def lateness_decide(
    number: Number,
    objection: Objection,
    reason: Reason,
    upheld: Upheld,
    party: Party = "",
    json_: Json = False,
) -> None:
    """Lãnh đạo quyết định về một ý kiến; quyết định lại trong 10 ngày làm việc."""
    where = path("v1", "dossiers", number, "objections", objection, "decision")
    body = {"upheld": upheld, "party": party, "reason": reason}
    _show(call("POST", where, role="head", body=body), json_)


@lateness.command("term")
@told
def lateness_term(number: Number, reason: Reason, json_: Json = False) -> None:
    """Lãnh đạo cho đơn vị thêm thời hạn nêu ý kiến, tính từ hôm nay."""
    where = path("v1", "dossiers", number, "objections", "term")
    _show(call("POST", where, role="head", body={"reason": reason}), json_)


@lateness.command("untold")
@told
def lateness_untold(office: str = "", json_: Json = False) -> None:
    """Đơn vị chưa được báo về hồ sơ chậm; --office: từng hồ sơ của một đơn vị."""
    query = "?" + urlencode({"office": office}) if office else ""
    found = call("GET", "/v1/lateness/untold" + query, role="operator")
    if json_:
        as_json(found)
    elif office:
        for one in found["dossiers"]:
            ended = moment(one["ended_at"])
            line(f"{one['number']}: hẹn trả {day(one['due_on'])}, kết thúc {ended}")
    else:
        table(
            "Chưa báo được cho cơ quan",
            ["Mã", "Đơn vị", "Hồ sơ", "Nhận thư"],
            [
                (
                    *(one["office"], one["name"], str(one["dossiers"])),
                    "có" if one["by_mail"] else "không có đầu mối",
                )
                for one in found["offices"]
            ],
        )


@lateness.command("told")
@told
def lateness_told(office: Office, paper: Paper, numbers: Chosen) -> None:
    """Ghi đã gửi văn bản báo đơn vị: thời hạn nêu ý kiến tính từ hôm nay."""
    body = {"office": office, "paper": paper, "dossiers": numbers}
    found = call("POST", "/v1/lateness/told", role="operator", body=body)
    line(f"Đã ghi cho {found['told']} hồ sơ.")


@lateness.command("minutes")
@told
def lateness_minutes(
    from_: Annotated[
        str, typer.Option("--from", help="Từ ngày quyết định, 2026-03-01.")
    ],
    to: Annotated[str, typer.Option("--to", help="Đến ngày quyết định, 2026-03-31.")],
    out: Annotated[Path, typer.Option("--out", help="Tệp Word ghi ra.")],
) -> None:
    """Biên bản xem xét ý kiến: theo đo đếm, sau quyết định, ai quyết định, vì sao."""
    query = urlencode({"from": from_, "to": to})
    save(out, fetch(f"/v1/objections/minutes.docx?{query}"))
    line(f"Đã ghi {out}.")


def shown(found: dict[str, Any]) -> list[str]:
    """What is told of a dossier's lateness, line by line."""
    lines = [found["sentence"]]
    for one in found["objections"]:
        by = f" ({one['by']} ghi thay)" if one["on_behalf"] else ""
        text = f"Ý kiến {one['id']}, {one['office_name']}{by}: {one['reason']}"
        lines.append(f"{text} – {one['state_text']}")
        if one["decision"]:
            to = f", tính cho {one['party_name']}" if one["party_name"] else ""
            lines.append(f"  {one['decided_by']}{to}: {one['decision']}")
    return lines


def _show(found: dict[str, Any], json_: bool) -> None:
    if json_:
        as_json(found)
        return
    for text in shown(found):
        line(text)
    for one in found["parties"]:
        line(f"  có thể tính cho: {one['party']} ({one['name']})")
