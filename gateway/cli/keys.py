"""Commands on the folder of keys itself; the gateway may run or not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli import key_changes
from gateway.cli.frame import Json, told
from gateway.cli.processes import DEFAULT, Settings
from gateway.cli.show import as_json, line, table

if TYPE_CHECKING:
    from collections.abc import Sequence

key = typer.Typer(no_args_is_help=True, help="Khóa của kho và của các đơn vị.")
key_changes.add_to(key)
Unit = Annotated[
    str, typer.Argument(help="Mã đơn vị tiếp nhận, như units.intake của hồ sơ.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands; ``keys`` is what many type."""
    app.add_typer(key, name="key")
    app.add_typer(key, name="keys", hidden=True)


@key.command("list")
@told
def key_list(settings: Settings = DEFAULT, json_: Json = False) -> None:
    """Những đơn vị đã có khóa, và vân tay của khóa chính."""
    from gateway.wiring.keys import keys_of  # noqa: PLC0415

    found = keys_of(settings)
    if json_:
        units = [
            {"unit": unit, "opens": opens, "keys": list(found.ids[unit])}
            for unit, opens in found.units.items()
        ]
        as_json(
            {
                "master_fingerprint": found.fingerprint,
                "master_key": found.master,
                "units": units,
            }
        )
        return
    line(f"Vân tay khóa chính: {found.fingerprint} (khóa đang bọc: {found.master})")
    table(
        "Khóa của đơn vị",
        ["Mã đơn vị", "Tình trạng", "Khóa"],
        [
            (unit, _stands(opens, found.ids[unit]), ", ".join(found.ids[unit]))
            for unit, opens in found.units.items()
        ],
    )


def _stands(opens: bool, ids: Sequence[str]) -> str:
    if not opens:
        return "không mở được bằng khóa chính này"
    return "mở được" if len(ids) == 1 else "đang thay khóa, khóa đầu đang dùng"


@key.command("new")
@told
def key_new(unit: Unit, settings: Settings = DEFAULT) -> None:
    """Tạo khóa cho một đơn vị; cổng đang chạy tự nhận ra khóa mới."""
    from gateway.wiring.keys import make_unit_key  # noqa: PLC0415

    make_unit_key(settings, unit)
    line(f"Đã tạo khóa cho đơn vị {unit}. Sao lưu thư mục khóa ngay, để riêng với kho.")


@key.command("backup")
@told
def key_backup(
    folder: Annotated[Path, typer.Argument(help="Thư mục để hai nửa khóa.")],
) -> None:
    """Tạo cặp khóa sao lưu: backup.pub cho máy sao lưu, backup.key cất vào két."""
    from gateway.wiring.backups import make_key  # noqa: PLC0415

    fingerprint = make_key(folder)
    line(
        f"Đã tạo cặp khóa sao lưu, vân tay {fingerprint}. Chép backup.pub sang máy sao lưu."
        " Cất backup.key ở hai nơi an toàn ngoài trung tâm dữ liệu rồi xóa khỏi máy này:"
        " mất nó thì không mở được bản sao nào."
    )


@key.command("master")
@told
def key_master(settings: Settings = DEFAULT) -> None:
    """Tạo khóa chính cho một thư mục chưa có kho (một lần, khi cài đặt)."""
    from gateway.wiring.keys import make_master_key  # noqa: PLC0415

    fingerprint = make_master_key(settings)
    line(
        f"Đã tạo khóa chính, vân tay {fingerprint}. Sao lưu thư mục khóa ngay, để riêng"
        " với kho: mất khóa là mất dữ liệu."
    )
