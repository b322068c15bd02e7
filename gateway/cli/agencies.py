"""Commands about agencies' folders: what they are, how far they are, trying them, new ones."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.frame import REFUSED, Json, told
from gateway.cli.show import as_json, line, table
from gateway.console import labels

if TYPE_CHECKING:
    from gateway.registry.grades import Checked, Conformed, Tried
    from gateway.registry.manifest import Manifest

agency = typer.Typer(no_args_is_help=True, help="Cơ quan kết nối.")
GRADES = {
    "unchecked": "chưa thử",
    "fails": "không đạt",
    "speaks": "nói được",
    "survives": "chịu được lỗi",
    "proven": "đã chứng minh",
}


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(agency, name="agency")


@agency.command("list")
@told
def agency_list(json_: Json = False) -> None:
    """Cơ quan kết nối: nhận những gì, tài liệu chắc chắn đến đâu, đã thử đến đâu, còn thiếu gì."""
    from gateway.wiring import installed, trying  # noqa: PLC0415  others start faster

    manifests = {one.interface: one for one in trying.interfaces()}
    rows = []
    for row in installed.described():
        grade, missing, checks = trying.graded(manifests[row["interface"]])
        latest = max((one.at for one in checks.values()), default=None)
        at = latest.isoformat() if latest else None
        proven = (
            _proven(manifests[row["interface"]], checks)
            if grade.value == "proven"
            else ""
        )
        told = {"grade": grade.value, "proven": proven, "missing": missing}
        rows.append({**row, **told, "checked_at": at})
    if json_:
        as_json(rows)
        return
    table(
        "Cơ quan kết nối",
        ["Mã", "Tên", "Mức", "Còn thiếu", "Nguồn gốc tài liệu"],
        [
            (
                row["interface"],
                f"{row['name']}\n({len(row['kinds'])} loại lượt gửi)",
                "\n".join(filter(None, (GRADES[row["grade"]], row["proven"]))),
                "\n".join(row["missing"]),
                row["provenance"].replace(", ", "\n"),
            )
            for row in rows
        ],
    )
    line("Mức do lệnh này tính: lienthong agency check TÊN (hoặc --all) rồi xem lại.")


@agency.command("check")
@told
def agency_check(
    name: Annotated[
        str, typer.Argument(help="Tên thư mục cơ quan, hoặc mã như agency list ghi.")
    ] = "",
    *,
    all_: Annotated[bool, typer.Option("--all", help="Mọi cơ quan.")] = False,
    against: Annotated[
        str,
        typer.Option(help="mock (mặc định), hoặc địa chỉ hệ thống thử của cơ quan."),
    ] = "mock",
    keys: Annotated[
        Path | None,
        typer.Option(help="Thư mục khóa mà hệ thống thử của cơ quan biết."),
    ] = None,
    by: Annotated[
        str,
        typer.Option(help="Người thử, ghi vào kết quả; mặc định là tài khoản máy."),
    ] = "",
    case: Annotated[
        str, typer.Option(help="Chỉ một phép thử, bằng tên tiếng Anh của nó.")
    ] = "",
    way: Annotated[
        str, typer.Option(help="Chỉ một đường: direct, lgsp hoặc xroad_adapter.")
    ] = "",
    json_: Json = False,
) -> None:
    """Thử một thư mục cơ quan với mọi tình huống của bộ thử; kết quả lưu ở .run/checks."""
    from gateway.conformance.adapter_ways import Carried  # noqa: PLC0415
    from gateway.wiring import trying  # noqa: PLC0415

    if bool(name) == all_:
        raise ValueError("Ghi tên một cơ quan, hoặc --all.")
    system, chosen = None, trying.interfaces(name)
    if against != "mock":
        if all_:
            raise ValueError("--against chỉ dùng với một cơ quan.")
        manifest, system = trying.system(name, against, by or getpass.getuser())
        chosen, system = [manifest], replace(system, keys=keys)
    check = partial(
        trying.check,
        system=system,
        only=Carried(way) if way else None,
        named=case,
        tell=_telling(quiet=json_),
    )
    done = list(_each(chosen, check, part=bool(way or case), quiet=json_))
    if json_:
        as_json([_shown(manifest, checked) for manifest, checked in done])
    if any(not one.held for _, checked in done for one in checked.tried):
        raise typer.Exit(REFUSED)


def _proven(manifest: Manifest, checks: Mapping[str, Checked]) -> str:
    """By which runs it was proven."""
    from gateway.wiring import conforming  # noqa: PLC0415

    known = conforming.kept(manifest)
    if known is not None and known.proves:
        return "\n".join(f"{one.role}: {_proof(one)}" for one in known.runs)
    return _proof(checks["system"])


def _proof(check: Checked | Conformed) -> str:
    """Where, when and by whom."""
    return f"{check.against}, {check.at:%d/%m/%Y}, {check.by}"


def _each(
    chosen: Iterable[Manifest],
    check: Callable[[Manifest], Checked],
    *,
    part: bool,
    quiet: bool,
) -> Iterator[tuple[Manifest, Checked]]:
    for manifest in chosen:
        if not quiet:
            line(f"{manifest.interface}: {manifest.name}", style="bold")
        checked = check(manifest)
        if not quiet:
            _conclude(manifest, checked, part=part)
        yield manifest, checked


def _telling(*, quiet: bool) -> Any:
    def tell(trial: Any, tried: Tried) -> None:
        if quiet or tried.held:
            return
        of = f" [{labels.message_kind(tried.kind)}]" if tried.kind else ""
        of += "" if tried.way == "direct" else f" [qua {tried.way}]"
        line(f"  ✘ {trial.case.says}{of}", style="red")
        line(f"    {tried.case}: {tried.why}")

    return tell


def _conclude(manifest: Manifest, checked: Checked, *, part: bool) -> None:
    from gateway.wiring import trying  # noqa: PLC0415

    held = f"{sum(one.held for one in checked.tried)}/{len(checked.tried)}"
    if checked.left:
        first, last = checked.left[0], checked.left[-1]
        line(f"  để lại ở {checked.against} các hồ sơ thử từ {first} đến {last}")
    if part:
        line(f"  đạt {held} phép thử; mới thử một phần nên không đổi mức")
        return
    grade, missing, _ = trying.graded(manifest)
    line(f"  đạt {held} phép thử; mức: {GRADES[grade.value]}")
    for one in missing:
        line(f"  còn thiếu: {one}")


def _shown(manifest: Manifest, checked: Checked) -> dict[str, Any]:
    from gateway.wiring import trying  # noqa: PLC0415

    grade, missing, _ = trying.graded(manifest)
    return {**checked.as_json(), "grade": grade.value, "missing": missing}


@agency.command("new")
@told
def agency_new(
    name: Annotated[str, typer.Argument(help="Chữ thường không dấu, ví dụ cap_nuoc.")],
    title: Annotated[
        str, typer.Option(help="Tên cơ quan bằng tiếng Việt.")
    ] = "Cơ quan mới",
) -> None:
    """Tạo thư mục cho một cơ quan mới từ thư mục mẫu; thử được ngay."""
    from gateway.wiring import trying  # noqa: PLC0415

    for path in trying.new(name, title):
        line(f"đã tạo {path}")
    line(f"Tiếp theo: lienthong agency check {name}; docs/adding-an-agency.vi.md")
