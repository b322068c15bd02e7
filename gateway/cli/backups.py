"""Commands that make backups, try them, and bring them back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import typer

from gateway.cli.client import call
from gateway.cli.frame import Json, Reason, fail, told
from gateway.cli.processes import DEFAULT, Settings
from gateway.cli.show import as_json, line, moment, table

if TYPE_CHECKING:
    from gateway.wiring.backup_reading import Found
    from gateway.wiring.backups import Made

restored = typer.Typer(no_args_is_help=True, help="Kho đã được khôi phục.")
_STAGES = {
    "database": "  Cơ sở dữ liệu …",
    "journal": "  Sổ nhật ký: chuỗi băm và niêm phong …",
    "files": "  Tệp đính kèm …",
}
Key = Annotated[
    Path | None,
    typer.Option("--key", help="Tệp khóa sao lưu: nửa bí mật backup.key (600)."),
]
By = Annotated[
    str, typer.Option("--by", help="Ai khôi phục (mã tài khoản, không ghi họ tên).")
]
Why = Annotated[str, typer.Option("--reason", help="Vì sao khôi phục, số văn bản.")]
Database = Annotated[
    str,
    typer.Option(
        "--database", help="PostgreSQL: cơ sở dữ liệu trống để khôi phục vào."
    ),
]
Archive = Annotated[Path | None, typer.Argument(help="Bản sao.")]
Verify = Annotated[
    bool, typer.Option("--verify", help="Chỉ thử: đọc và kiểm tra hết, không đổi gì.")
]
Mark = Annotated[
    bool,
    typer.Option(
        "--mark",
        help="Kho đã được khôi phục bằng cách khác: đánh dấu để cổng hỏi trước khi gửi.",
    ),
]
Into = Annotated[
    Path | None,
    typer.Option("--into", help="Thư mục chạy trống; mặc định theo thiết lập."),
]
Scratch = Annotated[
    Path | None, typer.Option("--scratch", help="Với --verify: nơi để tạm.")
]
Point = Annotated[
    str,
    typer.Option("--point", help="Với --mark: khôi phục về lúc nào (ISO, có múi giờ)."),
]


class _Who(TypedDict):
    by: str
    why: str


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup")(told(backup))
    app.command("restore")(told(restore))
    app.add_typer(restored, name="restored")


def _stage(json_: bool) -> Any:
    return (lambda _: None) if json_ else (lambda one: line(_STAGES[one]))


def backup(
    to: Annotated[
        Path, typer.Option("--to", help="Thư mục để bản sao, trên ổ đĩa khác.")
    ],
    key: Annotated[
        Path,
        typer.Option("--key", help="Nửa công khai của khóa sao lưu (backup.pub)."),
    ],
    settings: Settings = DEFAULT,
    keep: Annotated[
        int, typer.Option("--keep", help="Giữ bấy nhiêu bản mới nhất; 0: giữ hết.")
    ] = 0,
    json_: Json = False,
) -> None:
    """Sao lưu kho và tệp đính kèm tại một thời điểm, mã hóa, cổng vẫn chạy."""
    from gateway.wiring.backups import back_up  # noqa: PLC0415

    if keep < 0:
        fail("--keep từ 0 trở lên.")
    made = back_up(settings, to, key, keep=keep, told=_stage(json_))
    if json_:
        as_json(_made(made))
        return
    line(f"Thời điểm: {moment(made.point.isoformat())}, mã {made.id}")
    line(
        f"  {made.facts.dossiers} hồ sơ ({made.facts.open} đang mở),"
        f" {made.facts.transfers} lượt gửi, {made.files} tệp, niêm phong đến dòng"
        f" {made.facts.sealed}, cấu hình phiên bản {made.facts.configuration}"
    )
    line(
        f"  Khóa chính của kho (vân tay {made.facts.master or 'chưa có'}) KHÔNG nằm trong"
        " bản sao: cất riêng thư mục khóa; mất khóa thì bản sao này không mở được hồ sơ."
    )
    for name in made.removed:
        line(f"  Đã bỏ bản cũ {name}")
    line(
        f"Đã sao lưu vào {made.path}: {made.size_bytes / 1e6:.1f} MB trong"
        f" {made.took_s:.1f} giây, đã đọc lại từ đĩa và khớp."
    )


def _made(made: Made) -> dict[str, Any]:
    return {
        "path": str(made.path),
        "id": made.id,
        "point": made.point.isoformat(),
        "dossiers": made.facts.dossiers,
        "open": made.facts.open,
        "transfers": made.facts.transfers,
        "sealed": made.facts.sealed,
        "configuration": made.facts.configuration,
        "schema": made.facts.schema,
        "master_fingerprint": made.facts.master,
        "files": made.files,
        "file_bytes": made.file_bytes,
        "database_bytes": made.database_bytes,
        "size_bytes": made.size_bytes,
        "took_s": round(made.took_s, 2),
        "held_s": round(made.held_s, 2),
        "removed": list(made.removed),
    }


def restore(  # noqa: PLR0913, PLR0917  each is an option
    archive: Archive = None,
    key: Key = None,
    settings: Settings = DEFAULT,
    verify: Verify = False,
    mark: Mark = False,
    into: Into = None,
    database: Database = "",
    scratch: Scratch = None,
    point: Point = "",
    by: By = "",
    why: Why = "",
    json_: Json = False,
) -> None:
    """Khôi phục bản sao vào nơi trống, hoặc chỉ thử (--verify), hoặc đánh dấu (--mark)."""
    from gateway.wiring import restoring  # noqa: PLC0415

    if verify and mark:
        fail("Chọn một: --verify hoặc --mark.")
    if not verify and not (by.strip() and why.strip()):
        fail(
            "Ghi ai khôi phục (--by) và vì sao (--reason): hai điều này vào sổ nhật ký."
        )
    who = _Who(by=by.strip(), why=why.strip())
    if mark:
        _marked(restoring.mark(settings, point=_point(point), **who), json_=json_)
        return
    if archive is None or key is None:
        fail("Ghi tệp bản sao và --key (nửa bí mật của khóa sao lưu).")
    given, shows = (settings, archive, key), _stage(json_)
    if verify:
        found = restoring.verify(*given, scratch=scratch, database=database, told=shows)
    else:
        found = restoring.restore(
            *given, into=into, database=database, told=shows, **who
        )
    if json_:
        as_json(_found(found))
        return
    _show(found)
    _last(found, verify=verify)


def _marked(number: int, *, json_: bool) -> None:
    if json_:
        as_json({"incarnation": number})
        return
    line(
        f"Đã đánh dấu lần khôi phục {number}. Lần khởi động tới, cổng hỏi cơ quan trước"
        " khi gửi bất cứ thông điệp nào còn dở."
    )


def _last(found: Found, *, verify: bool) -> None:
    if verify:
        line(
            f"Thử khôi phục đạt: {found.facts['dossiers']} hồ sơ, {found.files} tệp,"
            f" {found.took_s:.1f} giây. Không đổi gì ở nơi đang chạy."
        )
        return
    line(
        f"Đã khôi phục vào {found.into} trong {found.took_s:.1f} giây. Đặt thư mục khóa"
        f" (khóa chính vân tay {found.facts['master']}) vào chỗ rồi khởi động cổng; sau đó"
        " xem: lienthong restored list"
    )


def _point(text: str) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        fail("--point ghi cả múi giờ, như 2026-03-10T02:00:00+07:00.")
    return at


def _show(found: Found) -> None:
    at = moment(found.point.isoformat()) if found.point else "không rõ"
    line(f"Bản sao {found.id}, thời điểm {at}, bản phát hành {found.release}")
    line(
        f"  Kho {found.store}: {found.facts['dossiers']} hồ sơ ({found.facts['open']} đang"
        f" mở), {found.facts['transfers']} lượt gửi; toàn vẹn"
    )
    line(
        f"  Sổ nhật ký: {found.lines} dòng, {found.chains} chuỗi, {found.seals} niêm phong:"
        f" khớp; {found.roots} gốc chứng cứ: đủ, đúng chữ ký"
    )
    opened = (
        f"{found.opened} tệp mở được bằng khóa chính"
        if found.with_master
        else "chưa thử mở bằng khóa chính (không có thư mục khóa ở đây)"
    )
    line(f"  Tệp đính kèm: {found.files}, đủ và đúng băm; {opened}")
    if found.closed:
        line(
            f"  {found.closed} tệp không mở được vì không có khóa của đơn vị (đã hủy, hoặc"
            " units.json ở đây cũ hơn bản sao)"
        )
    if found.proved:
        line("  Do nơi giữ khóa chính này tạo ra: đúng")


def _found(found: Found) -> dict[str, Any]:
    return {
        "id": found.id,
        "point": found.point.isoformat() if found.point else None,
        "release": found.release,
        "store": found.store,
        **found.facts,
        "files": found.files,
        "files_opened": found.opened,
        "files_without_unit_key": found.closed,
        "with_master": found.with_master,
        "proved": found.proved,
        "lines": found.lines,
        "chains": found.chains,
        "seals": found.seals,
        "roots": found.roots,
        "took_s": round(found.took_s, 2),
        "into": found.into or None,
    }


@restored.command("list")
@told
def restored_list(json_: Json = False) -> None:
    """Các lần khôi phục, lượt gửi chưa rõ vì khôi phục, cơ quan cần hỏi, việc cần làm."""
    answer = call("GET", "/v1/restores", role="operator")
    doubts = call("GET", "/v1/restores/doubts?limit=200", role="operator")
    if json_:
        as_json({**answer, **doubts})
        return
    if not answer["restores"]:
        line("Kho này chưa từng được khôi phục từ bản sao lưu.")
        return
    table(
        "Các lần khôi phục",
        ["Lần", "Về thời điểm", "Bắt đầu chạy", "Ai", "Vì sao", "Đã xem"],
        [
            (
                str(row["number"]),
                moment(row["point"]) if row["point"] else "không ghi",
                moment(row["begun_at"]),
                row["by"],
                row["why"],
                row["acknowledged_by"] or "CHƯA",
            )
            for row in answer["restores"]
        ],
    )
    table(
        f"Lượt gửi có thể đã gửi trước khi khôi phục: còn {answer['left']}",
        ["Lượt gửi", "Đơn vị", "Loại", "Vì sao", "Làm gì"],
        [
            (r["id"], r["office_name"], r["kind"], r["reason"], r["next_action"])
            for r in doubts["transfers"]
        ],
    )
    table(
        "Phần việc đang ở cơ quan: điều cơ quan báo sau thời điểm ấy có thể đã mất",
        ["Đơn vị", "Phần việc", "Hồ sơ đầu tiên"],
        [(r["office_name"], str(r["legs"]), r["first"]) for r in answer["unheard"]],
    )
    for one in answer["to_do"]:
        line(f"• {one}")


@restored.command("acknowledge")
@told
def restored_acknowledge(
    number: Annotated[int, typer.Argument(help="Lần khôi phục thứ mấy.")],
    reason: Reason,
    json_: Json = False,
) -> None:
    """Ghi đã xem các danh sách của một lần khôi phục; thư tự động gửi tiếp từ đây."""
    answer = call(
        "POST",
        f"/v1/restores/{number}/acknowledge",
        role="administrator",
        body={"reason": reason},
    )
    if json_:
        as_json(answer)
        return
    line(f"Đã ghi: {answer['acknowledged_by']} đã xem lần khôi phục {number}.")
