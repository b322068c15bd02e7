"""Commands on proposals: what a list of an office shows, confirmed or rejected."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from gateway.cli.client import call, fetch
from gateway.cli.frame import Json, Reason, path, told
from gateway.cli.saving import save
from gateway.cli.show import as_json, line, moment, pairs, table

proposal = typer.Typer(
    no_args_is_help=True, help="Đề xuất từ đối soát với danh sách của cơ quan."
)
rule = typer.Typer(no_args_is_help=True, help="Quy tắc tự xác nhận theo văn bản.")
Identifier = Annotated[str, typer.Argument(help="Mã đề xuất, xem list.")]
Office = Annotated[str, typer.Option("--office", help="Mã đơn vị.")]
State = Annotated[
    str,
    typer.Option("--state", help="open, confirmed, rejected, overtaken hoặc undone."),
]
Alone = Annotated[
    bool,
    typer.Option("--alone", help="Đơn vị một người: có hiệu lực sau 24 giờ làm việc."),
]
List = Annotated[Path, typer.Argument(help="Danh sách cơ quan xuất ra.")]
Day = Annotated[str, typer.Option("--day", help="Danh sách tính đến ngày này.")]
From = Annotated[str, typer.Option("--from", help="Từ ngày (2026-03-14).")]
To = Annotated[str, typer.Option("--to", help="Đến hết ngày (2026-03-14).")]
Out = Annotated[Path, typer.Option("--out", help="Tệp Word được ghi ra.")]
Kind = Annotated[
    str,
    typer.Option("--kind", help="finished_there, late_on_paper hoặc waiting_there."),
]
Days = Annotated[int, typer.Option("--days", help="Số ngày làm việc để phản đối.")]
Written = Annotated[str, typer.Option("--decision", help="Số văn bản.")]
Role = Annotated[str, typer.Option("--role", help="operator hoặc head.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(proposal, name="proposal")
    proposal.add_typer(rule, name="rule")


@proposal.command("list")
@told
def proposal_list(
    office: Office = "", state: State = "open", json_: Json = False
) -> None:
    """Đề xuất chờ xác nhận, kèm căn cứ."""
    query = {"state": state, **({"office": office} if office else {})}
    rows: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        more = {"after": after} if after else {}
        answer = call("GET", "/v1/proposals?" + urlencode({**query, **more}))
        rows += answer["proposals"]
        after = answer["after"]
    if json_:
        as_json({"proposals": rows})
        return
    table(
        "Đề xuất từ đối soát",
        ["Mã", "Hồ sơ", "Nhóm", "Căn cứ", "Tình trạng"],
        [
            (
                *(row["id"], row["number"], row["kind_name"], row["sentence"]),
                _state(row),
            )
            for row in rows
        ],
    )


def _state(row: dict[str, Any]) -> str:
    waits = f", có hiệu lực từ {moment(row['effect_at'])}" if row["effect_at"] else ""
    by = f" ({row['by']})" if row["by"] else ""
    return f"{row['state_name']}{waits}{by}"


@proposal.command("bring")
@told
def proposal_bring(
    office: Office, listed: List, day: Day = "", json_: Json = False
) -> None:
    """Đối chiếu danh sách của một cơ quan với hồ sơ của cổng; chỉ lập đề xuất."""
    boundary = uuid.uuid4().hex
    parts = [("list", listed.read_bytes(), '; filename="list"')]
    parts += [("day", day.encode(), "")] if day else []
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode()
        + content
        + b"\r\n"
        for name, content, more in parts
    )
    answer = call(
        "POST",
        path("v1", "reconciliations", office),
        raw=body + f"--{boundary}--\r\n".encode(),
        content_type=f"multipart/form-data; boundary={boundary}",
    )
    if json_:
        as_json(answer)
        return
    counts = [(name, str(count)) for name, count in answer["counts"].items()]
    pairs([("Mã hồ sơ đọc được", str(answer["rows"])), *counts])
    for one in answer["problems"]:
        line(f"{one['at']}: {one['what']}")


def _act(identifier: str, what: str, body: dict[str, Any], role: str) -> None:
    row = call("POST", path("v1", "proposals", identifier, what), role=role, body=body)
    pairs(
        [
            ("Hồ sơ", row["number"]),
            ("Nhóm", row["kind_name"]),
            ("Căn cứ", row["sentence"]),
            ("Tình trạng", _state(row)),
            ("Ngày cơ quan ghi", "được tính" if row["counts"] else "chưa được tính"),
        ]
    )


@proposal.command("confirm")
@told
def proposal_confirm(
    identifier: Identifier,
    reason: Reason,
    *,
    alone: Alone = False,
    role: Role = "operator",
) -> None:
    """Xác nhận: hồ sơ chuyển trạng thái như khi cơ quan tự báo."""
    _act(identifier, "confirm", {"reason": reason, "alone": alone}, role)


@proposal.command("reject")
@told
def proposal_reject(
    identifier: Identifier, reason: Reason, role: Role = "operator"
) -> None:
    """Bỏ một đề xuất không đúng."""
    _act(identifier, "reject", {"reason": reason}, role)


@proposal.command("undo")
@told
def proposal_undo(
    identifier: Identifier, reason: Reason, role: Role = "operator"
) -> None:
    """Rút lại một xác nhận: số liệu tính lại, hồ sơ đã kết thúc không mở lại."""
    _act(identifier, "undo", {"reason": reason}, role)


@proposal.command("minutes")
@told
def proposal_minutes(office: Office, from_: From, to: To, out: Out) -> None:
    """Biên bản đối soát để in và ký: căn cứ, ai xác nhận, số liệu của hai bên."""
    query = urlencode({"office": office, "from": from_, "to": to})
    save(out, fetch(f"/v1/proposals/minutes.docx?{query}"))
    line(f"Đã ghi {out}")


@rule.command("add")
@told
def rule_add(
    office: Office,
    kind: Kind,
    days: Days,
    decision: Written,
    to: To,
    reason: Reason,
    from_: From = "",
) -> None:
    """Lãnh đạo ghi một quy tắc: không ai phản đối trong số ngày ấy thì xác nhận."""
    body = {
        "office": office,
        "kind": kind,
        "days": days,
        "decision": decision,
        "from": from_,
        "to": to,
        "reason": reason,
    }
    row = call("POST", "/v1/proposal-rules", role="head", body=body)
    line(f"{row['id']}: {row['kind_name']}, {row['office_name']}, đến hết {row['to']}")


@rule.command("end")
@told
def rule_end(identifier: Identifier, reason: Reason) -> None:
    """Chấm dứt quy tắc ngay."""
    where = path("v1", "proposal-rules", identifier, "end")
    row = call("POST", where, role="head", body={"reason": reason})
    line(f"{row['id']}: đã chấm dứt")


@rule.command("list")
@told
def rule_list(json_: Json = False) -> None:
    """Quy tắc tự xác nhận, theo văn bản nào, đến ngày nào."""
    answer = call("GET", "/v1/proposal-rules")
    if json_:
        as_json(answer)
        return
    table(
        "Quy tắc tự xác nhận",
        [
            "Mã",
            "Đơn vị",
            "Nhóm",
            "Sau (ngày làm việc)",
            "Văn bản",
            "Từ, đến",
            "Còn dùng",
        ],
        [
            (
                *(row["id"], row["office_name"], row["kind_name"], str(row["days"])),
                *(row["decision"], f"{row['from']} đến {row['to']}"),
                "có" if row["holds"] else "không",
            )
            for row in answer["rules"]
        ],
    )
