"""Commands on files that were refused and are shut away."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import typer

from gateway.cli.client import call
from gateway.cli.frame import REFUSED, Json, path, told
from gateway.cli.show import as_json, line, moment, pairs, table

quarantine = typer.Typer(
    no_args_is_help=True, help="Tệp không nhận vì mã độc, đã cách ly."
)
Identifier = Annotated[str, typer.Argument(help="Mã tệp, xem list.")]
Before = Annotated[str, typer.Option("--before", help="Trang sau của thời điểm này.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(quarantine, name="quarantine")


@quarantine.command("list")
@told
def quarantine_list(before: Before = "", json_: Json = False) -> None:
    """Tệp đã cách ly, mới nhất trước: từ ai, qua đâu, mã độc gì."""
    query = f"?before={quote(before)}" if before else ""
    answer = call("GET", f"/v1/quarantine{query}", role="administrator")
    if json_:
        as_json(answer)
        return
    table(
        "Tệp đã cách ly",
        ["Mã", "Lần cuối, số lần", "Từ đâu", "Mã độc"],
        [
            (
                one["id"],
                f"{moment(one['last_at'])}, {one['times']} lần",
                f"{one['by_name']}: {one['door_words']}",
                f"{one['signature']}: {one['next_action']}",
            )
            for one in answer["files"]
        ],
    )
    if answer["next"]:
        line(f"Còn nữa: lienthong quarantine list --before {answer['next']}")


@quarantine.command("show")
@told
def quarantine_show(identifier: Identifier, json_: Json = False) -> None:
    """Một tệp đã cách ly, kèm mã SHA-256; nội dung không ai lấy được."""
    one = call("GET", path("v1", "quarantine", identifier), role="administrator")
    if json_:
        as_json(one)
        return
    pairs(
        [
            ("Mã tệp", one["id"]),
            ("Vì sao", one["words"]),
            ("Mã độc", one["signature"]),
            ("SHA-256", one["sha256"]),
            ("Cỡ", f"{one['size_bytes']} byte"),
            ("Từ", f"{one['by_name']}: {one['door_words']}"),
            ("Hồ sơ", one["dossier_id"] or "chưa thuộc hồ sơ nào"),
            ("Lần đầu", moment(one["at"])),
            ("Lần cuối", f"{moment(one['last_at'])}, {one['times']} lần"),
            ("Việc cần làm", one["next_action"]),
        ]
    )


@quarantine.command("check")
@told
def quarantine_check(json_: Json = False) -> None:
    """Thử phần mềm diệt mã độc bằng mẫu thử vô hại: có trả lời, có nhận ra không."""
    found = call("POST", "/v1/scanner/check", role="administrator")
    if json_:
        as_json(found)
    else:
        line(found["words"])
        if "version" in found:
            at = found["signatures_at"]
            line(f"{found['version']}, mẫu mã độc: {moment(at) if at else 'không rõ'}")
    if not found["works"]:
        raise typer.Exit(REFUSED)


@quarantine.command("delete")
@told
def quarantine_delete(identifier: Identifier, json_: Json = False) -> None:
    """Xóa hẳn một tệp đã cách ly, không chờ hết hạn."""
    where = path("v1", "quarantine", identifier, "delete")
    done = call("POST", where, role="administrator")
    if json_:
        as_json(done)
        return
    line(f"Đã xóa tệp cách ly {identifier}.")
