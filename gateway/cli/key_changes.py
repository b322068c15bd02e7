"""Commands that replace keys while dossiers stay in use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.client import Unreachable, call
from gateway.cli.frame import Json, fail, told
from gateway.cli.processes import DEFAULT, Settings
from gateway.cli.show import as_json, day, line, table

rotate = typer.Typer(no_args_is_help=True, help="Thay khóa mà không dừng cổng.")
Unit = Annotated[str, typer.Argument(help="Mã đơn vị tiếp nhận.")]
Prepare = Annotated[
    bool,
    typer.Option(
        "--prepare",
        help="Chỉ tạo khóa mới, chưa dùng: khi có nhiều nút, chép rồi --use.",
    ),
]
Use = Annotated[bool, typer.Option("--use", help="Bắt đầu dùng khóa đã tạo.")]
Finish = Annotated[
    bool,
    typer.Option("--finish", help="Hủy khóa cũ khi không hồ sơ nào còn dưới khóa ấy."),
]


def add_to(key: typer.Typer) -> None:
    """Add the commands beside the others about keys."""
    key.add_typer(rotate, name="rotate")
    key.command("status")(key_status)
    key.command("revoke")(key_revoke)
    key.command("secrets")(key_secrets)
    key.command("escrow")(key_escrow)
    key.command("recover")(key_recover)


@rotate.command("master")
@told
def rotate_master(settings: Settings = DEFAULT) -> None:
    """Thay khóa chính: bọc lại mọi khóa bằng khóa mới; cổng đang chạy tự nhận."""
    from gateway.wiring.keys import change_master  # noqa: PLC0415

    new = change_master(settings)
    line(
        f"Đã thay khóa chính (khóa mới: {new}; vân tay của kho không đổi). Cất lại thư mục"
        " khóa ngay, rồi hủy bản cất cũ. Nhiều nút: chạy trên từng nút."
    )


@rotate.command("unit")
@told
def rotate_unit(
    unit: Unit,
    settings: Settings = DEFAULT,
    prepare: Prepare = False,
    use: Use = False,
    finish: Finish = False,
) -> None:
    """Thay khóa của một đơn vị; hồ sơ được chuyển dần sang khóa mới và vẫn mở được."""
    from gateway.wiring import keys  # noqa: PLC0415

    if finish:
        _finish(settings, unit)
        return
    if not use:
        new = keys.prepare_unit_key(settings, unit)
        if prepare:
            line(
                f"Đã tạo khóa {new}, chưa dùng. Chép units.json sang mọi nút, xem"
                f" lienthong key status, rồi: key rotate unit {unit} --use."
            )
            return
    new = keys.use_unit_key(settings, unit)
    line(
        f"Đơn vị {unit} dùng khóa {new}. Cất thư mục khóa ngay. Xem lienthong key status;"
        f" khi xong: key rotate unit {unit} --finish."
    )


@rotate.command("secret")
@told
def rotate_secret(
    name: Annotated[str, typer.Argument(help="Tên khóa kết nối, xem key secrets.")],
    settings: Settings = DEFAULT,
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Tệp nhận giá trị mới, để giao cho bên kia."),
    ] = None,
    use: Use = False,
) -> None:
    """Tạo khóa tiếp theo (NAME.next, nhận cùng khóa cũ); --use thì bỏ khóa cũ."""
    from gateway.wiring import secret_changes  # noqa: PLC0415

    if use:
        secret_changes.use(settings, name)
        line(f"Từ bây giờ chỉ khóa mới của {name} có hiệu lực.")
        return
    if to is None:
        fail("Ghi --to TỆP: giá trị mới không in ra màn hình.")
    secret_changes.prepare(settings, name, to)
    line(
        f"Giá trị mới của {name} ở {to}; khóa cũ vẫn được nhận. Khi bên kia đã đổi:"
        f" lienthong key rotate secret {name} --use."
    )


@told
def key_revoke(
    name: Annotated[str, typer.Argument(help="Tên khóa kết nối, xem key secrets.")],
    settings: Settings = DEFAULT,
) -> None:
    """Thu hồi khẩn cấp một khóa kết nối: cổng đang chạy thôi nhận trong vài giây."""
    from gateway.wiring import secret_changes  # noqa: PLC0415

    followed = secret_changes.revoke(settings, name)
    after = " Khóa tiếp theo đã thay chỗ." if followed else " Không còn khóa nào thay."
    line(f"Đã thu hồi {name}.{after} Nhiều nút: chạy trên từng nút.")


@told
def key_secrets(settings: Settings = DEFAULT, json_: Json = False) -> None:
    """Tên các khóa kết nối và ngày dùng gần nhất; không bao giờ in giá trị."""
    from gateway.wiring.secret_changes import names  # noqa: PLC0415

    try:
        used = call("GET", "/v1/keys", role="administrator")["secrets"]
    except Unreachable:
        used = {}
    rows = [(name, used.get(name, "")) for name in sorted({*names(settings), *used})]
    if json_:
        as_json({"secrets": [{"name": name, "last_used": on} for name, on in rows]})
        return
    table(
        "Khóa kết nối",
        ["Tên", "Dùng gần nhất"],
        [(name, day(on) or "chưa thấy dùng") for name, on in rows],
    )


def _finish(settings: Path, unit: str) -> None:
    from gateway.wiring.keys import drop_unit_key  # noqa: PLC0415

    found = call("GET", "/v1/keys", role="administrator")
    row = next((one for one in found["units"] if one["unit"] == unit), None)
    if row is None or not row["done"]:
        fail(
            "Chưa xong: còn hồ sơ dưới khóa cũ, hoặc cổng chưa xem xong một lượt. Chờ rồi"
            " xem lienthong key status."
        )
    gone = drop_unit_key(settings, unit, row["key"])
    line(
        f"Đã hủy {gone} khóa cũ của đơn vị {unit}. Bản sao lưu từ trước cần thư mục khóa cũ"
        " đã cất: giữ nó đến khi bỏ bản sao cuối cùng ấy."
    )


@told
def key_status(json_: Json = False) -> None:
    """Việc thay khóa đến đâu, nút nào đã có khóa nào (hỏi cổng đang chạy)."""
    found = call("GET", "/v1/keys", role="administrator")
    if json_:
        as_json(found)
        return
    table(
        "Đơn vị đã hoặc đang thay khóa",
        ["Mã đơn vị", "Khóa", "Hồ sơ đã chuyển", "Tình trạng"],
        [
            (one["unit"], one["key"], str(one["count"]), _turning(one))
            for one in found["units"]
        ],
    )
    table(
        "Khóa ở từng nút",
        ["Nút", "Khóa"],
        [(one["node"], ", ".join(one["keys"])) for one in found["nodes"]],
    )


def _turning(one: dict[str, Any]) -> str:
    lost = f"; {one['lost']} hồ sơ không khóa nào mở được" if one["lost"] else ""
    return ("xong" if one["done"] else "đang chuyển") + lost


@told
def key_escrow(
    to: Annotated[Path, typer.Argument(help="Tệp sẽ viết, mỗi lần một tên.")],
    public: Annotated[
        Path, typer.Option("--key", help="Nửa công khai của cặp khóa ký gửi.")
    ],
    settings: Settings = DEFAULT,
) -> None:
    """Niêm phong khóa chính và khóa các đơn vị để cất vào két; máy này không mở lại được."""
    from gateway.wiring.keys import escrow_keys  # noqa: PLC0415

    pair = escrow_keys(settings, public, to)
    line(
        f"Đã niêm phong vào {to} cho cặp khóa {pair}. Làm lại mỗi khi có khóa mới hoặc thay"
        " khóa. Thử mở ở nơi cất: lienthong key recover."
    )


@told
def key_recover(
    file: Annotated[Path, typer.Argument(help="Bản ký gửi.")],
    private: Annotated[
        Path, typer.Option("--key", help="Nửa bí mật của cặp khóa ký gửi.")
    ],
    to: Annotated[
        Path, typer.Option("--to", help="Thư mục khóa chưa có khóa nào (run_dir/keys).")
    ],
) -> None:
    """Mở bản ký gửi vào một thư mục khóa trống."""
    from gateway.wiring.keys import recover_keys  # noqa: PLC0415

    found = recover_keys(file, private, to)
    wrong = [unit for unit, opens in found.units.items() if not opens]
    if wrong:
        fail(f"Đã mở, nhưng khóa của {', '.join(wrong)} không mở được bằng khóa chính.")
    line(
        f"Đã đặt khóa của kho {found.fingerprint} vào {to}: {len(found.units)} đơn vị."
        " Khóa ký và mật khẩu kết nối không nằm trong bản này: đặt lại."
    )
