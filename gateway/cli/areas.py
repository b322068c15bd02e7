"""Commands about communes: what a code was and became, which name is like this one."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.frame import Json, day_typed, told
from gateway.cli.show import as_json, day, line, table
from gateway.domain.legal_day import VIETNAM

area = typer.Typer(
    no_args_is_help=True, help="Danh mục xã, phường trước và sau sắp xếp."
)
On = Annotated[
    str, typer.Option("--on", help="Ngày mà mã hoặc tên được dùng, ví dụ 30/06/2025.")
]
Folder = Annotated[
    Path,
    typer.Option(help="Thư mục cấu hình: danh mục riêng của tỉnh được xem trước."),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(area, name="area")


@area.command("show")
@told
def area_show(
    code: Annotated[str, typer.Argument(help="Mã xã, ví dụ 31825.")],
    on: On = "",
    folder: Folder = Path("config"),
    json_: Json = False,
) -> None:
    """Mã xã trước đây là gì, nay là xã nào, phải chọn giữa những xã nào."""
    from gateway.wiring import area_words  # noqa: PLC0415  others start faster

    found = area_words.described(code, _day(on), _today(), folder)
    if json_:
        as_json(found)
        return
    for meaning in found["meanings"]:
        _tell(meaning)
    if found["reused"]:
        line(
            f"Mã {code} đã được dùng lại cho xã khác: hồ sơ ghi mã theo danh mục cũ phải"
            " ghi cả as_of, là ngày mà mã có nghĩa đó."
        )


@area.command("find")
@told
def area_find(
    name: Annotated[str, typer.Argument(help="Tên xã, không dấu cũng được.")],
    province: Annotated[str, typer.Option(help="Mã tỉnh, ví dụ 96.")],
    on: On = "",
    folder: Folder = Path("config"),
    json_: Json = False,
) -> None:
    """Gợi ý xã theo tên gần giống trong một tỉnh; người xử lý chọn."""
    from gateway.wiring import area_words  # noqa: PLC0415

    found = area_words.suggested(name, province, _day(on) or _today(), folder)
    if json_:
        as_json(found)
        return
    _units("Xã có tên gần giống", found)
    if found:
        line("Chỉ là gợi ý theo tên: đối chiếu rồi chọn.")


def _today() -> date:
    return datetime.now(VIETNAM).date()


def _day(text: str) -> date | None:
    return day_typed(text) if text.strip() else None


def _tell(meaning: dict[str, Any]) -> None:
    since, until = meaning["from"], meaning["to"]
    span = f"Từ {day(since)}" if since else ""
    span += f"{' đ' if since else 'Đ'}ến hết {day(until)}" if until else ""
    # An island district without communes stands for itself.
    where = [meaning["name"], meaning["district"], _province(meaning)]
    line(f"{span}: {', '.join(dict.fromkeys(filter(None, where)))}", style="bold")
    became = meaning["became"]
    if len(became) == 1:
        one = became[0]
        line(f"  nay là {one['code']} {one['name']}, {_province(one)}")
    elif became:
        _units("  nay thuộc một trong các xã sau; một cửa chọn theo vị trí", became)
    elif until:
        line("  danh mục không ghi nay là xã nào: hỏi nơi quản lý địa bàn")
    if meaning["doubtful"]:
        line(
            "  Hai nguồn không khớp về xã này: đối chiếu nghị quyết sắp xếp trước khi chọn."
        )
    if meaning["came_from"]:
        _units("  gồm toàn bộ hoặc một phần của", meaning["came_from"])


def _province(unit: dict[str, Any]) -> str:
    name, code = unit["province_name"], unit["province"]
    return f"{name} (mã tỉnh {code})" if name else code


def _units(title: str, units: list[dict[str, Any]]) -> None:
    of_districts = any(one["district"] for one in units)
    table(
        title,
        ["Mã", "Tên", *(["Huyện cũ"] if of_districts else []), "Tỉnh"],
        [
            (
                one["code"],
                one["name"],
                *([one["district"]] if of_districts else []),
                _province(one),
            )
            for one in units
        ],
    )
