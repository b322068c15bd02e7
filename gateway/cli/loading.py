"""The command that takes open dossiers over from a spreadsheet."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.client import call
from gateway.cli.frame import Json, fail, told
from gateway.cli.show import as_json, line, table
from gateway.reconciling.open_list import Common, read_open_list

#: Dossiers that travel in one call.
AT_ONCE = 200
WORDS = {"loaded": "đã nạp", "known": "đã có từ trước", "wrong": "không nạp được"}


def add_to(dossier: typer.Typer) -> None:
    """Add the command to those about dossiers."""
    dossier.command("load")(dossier_load)


@told
def dossier_load(
    file: Annotated[
        Path, typer.Argument(help="Danh sách hồ sơ đang mở (.xlsx, .csv…).")
    ],
    unit: Annotated[str, typer.Option(help="Mã đơn vị tiếp nhận (units.intake).")],
    leg: Annotated[str, typer.Option(help="Phần việc đang làm.")] = "land",
    procedure: Annotated[
        str, typer.Option(help="Mã thủ tục khi danh sách không có cột ấy.")
    ] = "",
    commune: Annotated[
        str, typer.Option(help="Mã xã khi danh sách không có cột ấy.")
    ] = "",
    check: Annotated[
        bool, typer.Option("--check", help="Chỉ đọc tệp, không nạp.")
    ] = False,
    json_: Json = False,
) -> None:
    """Nạp hồ sơ đang mở từ bảng tính, với số và ngày; không gửi gì cho cơ quan."""
    from gateway.wiring import sheets  # noqa: PLC0415  other commands start without it

    common = Common(unit, leg, procedure, commune)
    found = read_open_list(sheets.read_file(file), common)
    results = [] if check else _loaded(found.entries)
    wrong = [(where, what) for where, what in found.wrong]
    wrong += [
        (str(row.get("number")), _why(row))
        for row in results
        if row["result"] == "wrong"
    ]
    if json_:
        as_json({"read": len(found.entries), "results": results, "wrong": wrong})
    else:
        counted = Counter(row["result"] for row in results)
        line(f"Đọc được {len(found.entries)} hồ sơ trong {file}.")
        for result, words in WORDS.items():
            if counted[result]:
                line(f"  {counted[result]} hồ sơ {words}")
        if wrong:
            table("Chưa nạp", ["Ở đâu", "Vì sao"], wrong)
    if wrong:
        fail(
            f"{len(wrong)} hàng chưa nạp: sửa rồi chạy lại, hàng đã nạp không nạp hai lần."
        )


def _loaded(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    for start in range(0, len(entries), AT_ONCE):
        body = {"dossiers": entries[start : start + AT_ONCE]}
        answer = call("POST", "/v1/dossiers/load", role="one_stop", body=body)
        results += answer["results"]
    return results


def _why(row: dict[str, Any]) -> str:
    told = [f"{e['pointer']}: {e['message']}" for e in row.get("errors", ())]
    return "; ".join(told) or str(row.get("remedy") or row.get("code"))
