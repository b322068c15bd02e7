"""Recorded exchanges without the people in them: exported as cases, and replayed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.client import call
from gateway.cli.frame import REFUSED, Json, told
from gateway.cli.show import as_json, line

record = typer.Typer(
    no_args_is_help=True,
    help="Trao đổi đã ghi, ẩn danh, dùng làm ca thử.",
)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(record, name="record")


@record.command("export")
@told
def record_export(
    folder: Annotated[Path, typer.Argument(help="Thư mục trống để ghi các ca thử.")],
    interface: Annotated[
        str, typer.Option(help="Giao diện, như agency list ghi, ví dụ electricity.")
    ],
    *,
    journal: Annotated[
        Path | None,
        typer.Option(help="Nhật ký trao đổi (mỗi dòng một JSON) của bộ giả lập."),
    ] = None,
    dossier: Annotated[
        list[str] | None,
        typer.Option(help="Mã hồ sơ; ghi nhiều lần được. Lấy trả lời cổng đã lưu."),
    ] = None,
    json_: Json = False,
) -> None:
    """Xuất trao đổi đã ẩn danh thành ca thử; chỉ quản trị; bản gốc không được ghi ra."""
    from gateway.recording import cases  # noqa: PLC0415  others start faster
    from gateway.recording.exchange import exchange  # noqa: PLC0415
    from gateway.wiring import replaying  # noqa: PLC0415

    if (journal is None) == (not dossier):
        raise ValueError("Ghi --journal TỆP, hoặc --dossier MÃ (ghi nhiều lần được).")
    replaying.kit_named(interface)
    cases.must_be_empty(folder)
    asked: dict[str, Any] = {"interface": interface}
    if journal is not None:
        asked["exchanges"] = _lines(journal)
    else:
        asked["dossiers"] = dossier
    # As it is written: escaped, Vietnamese is three times as long.
    raw = json.dumps(asked, ensure_ascii=False).encode("utf-8", "replace")
    said = call("POST", "/v1/recordings", role="administrator", raw=raw)
    recorded = [exchange(row, place) for place, row in enumerate(said["exchanges"], 1)]
    made = replaying.as_cases(recorded, interface)
    cases.written(made, folder)
    done = {
        "exchanges": len(recorded),
        "cases": len(made),
        "cut": said["cut"],
        "signatures_removed": said["signatures_removed"],
        "crossed": said["crossed"],
        "differ_from_then": [one.name for one in made if one.differs_from_then],
    }
    if json_:
        as_json(done)
        return
    _tell_export(done, folder)


def _lines(journal: Path) -> list[Any]:
    rows = []
    for place, text in enumerate(journal.read_text("utf-8").splitlines(), 1):
        if not text.strip():
            continue
        try:
            rows.append(json.loads(text))
        except ValueError:
            message = f"{journal}, dòng {place}: không phải JSON."
            raise ValueError(message) from None
    return rows


def _tell_export(done: dict[str, Any], folder: Path) -> None:
    line(f"{done['cases']} ca thử trong {folder}, từ {done['exchanges']} trao đổi")
    rest = done["exchanges"] - done["cases"]
    if rest:
        line(f"  {rest} trao đổi không thao tác nào của giao diện đọc: không thành ca")
    if done["cut"]:
        line(f"  {done['cut']} trao đổi chỉ còn phần đầu trong nhật ký: không lấy")
    if done["signatures_removed"]:
        line(
            f"  đã bỏ {done['signatures_removed']} chữ ký số; chạy lại thì ký bằng khóa thử"
        )
    for day in done["crossed"]:
        line(f"  có ngày được dời qua {day}, là ngày quy định thay đổi")
    for name in done["differ_from_then"]:
        line(f"  {name}: cổng đã hiểu khác vào lúc đó (case.toml, [was])")


@record.command("replay")
@told
def record_replay(
    folder: Annotated[Path, typer.Argument(help="Thư mục ca thử, hoặc một ca.")],
    json_: Json = False,
) -> None:
    """Chạy lại các ca qua chương trình hôm nay, nêu chỗ khác; không gọi ra ngoài."""
    from gateway.wiring import replaying  # noqa: PLC0415  others start faster

    done = list(replaying.replayed(folder))
    differing = [one for one in done if one.differs]
    if json_:
        as_json([{"case": one.case.name, "differs": one.differs} for one in done])
    else:
        for one in differing:
            line(f"✘ {one.case.name}", style="red")
            for said in one.differs:
                line(f"    {said}")
        line(
            f"{len(done)} ca: {len(done) - len(differing)} như cũ, {len(differing)} khác"
        )
    if differing:
        raise typer.Exit(REFUSED)
