"""Commands of the conformance kit: an agency's own system against its interface document.

Exit codes of ``run``: 0 every requirement holds; 1 one is broken, or what was given is
wrong; 2 nobody answers; 3 nothing is broken, but not everything was tried.
"""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.frame import REFUSED, UNREACHABLE, Json, told
from gateway.cli.show import as_json, console, line, table

if TYPE_CHECKING:
    from gateway.conformance.partner.trying import Outcome, Told
    from gateway.conformance.partner.verdicts import Ran
    from gateway.conforming import Role

INCOMPLETE = 3
#: Between two lines of a countdown where nobody looks at a terminal, in seconds.
QUIET_S = 60

conformance = typer.Typer(
    no_args_is_help=True, help="Bộ thử kết nối: hệ thống của cơ quan tự thử một mình."
)
Agency = Annotated[str, typer.Option(help="Cơ quan: electricity, …")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(conformance, name="conformance")


@conformance.command("list")
@told
def conformance_list(
    agency: Annotated[str, typer.Option(help="Chỉ một cơ quan.")] = "",
    json_: Json = False,
) -> None:
    """Yêu cầu đánh số và phép thử của từng cơ quan."""
    from gateway.wiring import conforming  # noqa: PLC0415  others start faster

    kits = [conforming.kit(agency)] if agency else conforming.kits()
    rows = [
        {
            "agency": kit.name,
            "number": row.number,
            "role": row.role.value,
            "section": row.section,
            "level": row.level.value,
            "how": row.how.value,
            "mark": row.mark,
            "vi": row.vi,
            "tests": [one.name for one in kit.tests if row.number in one.shown.numbers],
        }
        for kit in kits
        for row in kit.requirements.rows
    ]
    if json_:
        as_json(rows)
        return
    table(
        "Yêu cầu",
        ["Số", "Vai", "Mục", "Yêu cầu", "Phép thử"],
        [
            (
                row["number"],
                row["role"],
                row["section"],
                row["vi"],
                "\n".join(row["tests"]) or "xác nhận (--attest)",
            )
            for row in rows
        ],
    )


@conformance.command("coverage")
@told
def conformance_coverage(json_: Json = False) -> None:
    """Yêu cầu chưa có phép thử, phép thử không nêu yêu cầu; có thì mã thoát là 1."""
    from gateway.wiring import conforming  # noqa: PLC0415  others start faster

    found = {kit.name: list(conforming.uncovered(kit)) for kit in conforming.kits()}
    if json_:
        as_json(found)
    else:
        for name, gaps in found.items():
            line(f"{name}: {'đủ' if not gaps else f'{len(gaps)} chỗ thiếu'}")
            for gap in gaps:
                line(f"  {gap}", style="red")
    if any(found.values()):
        raise typer.Exit(REFUSED)


@conformance.command("preset")
@told
def conformance_preset(agency: Agency) -> None:
    """In tệp preset mẫu: địa chỉ, khóa, mã có thật ở hệ thống thử."""
    from gateway.conformance.partner import folder  # noqa: PLC0415  others start faster

    sys.stdout.write(folder.preset_text(agency))


@conformance.command("attestations")
@told
def conformance_attestations(agency: Agency) -> None:
    """In tệp xác nhận để điền: mọi yêu cầu mà không lời gọi nào thể hiện được."""
    from gateway.conformance.partner import attesting  # noqa: PLC0415  others start faster
    from gateway.wiring import conforming  # noqa: PLC0415

    sys.stdout.write(attesting.form(conforming.kit(agency).requirements))


@conformance.command("documents")
@told
def conformance_documents(
    agency: Agency,
    out: Annotated[Path, typer.Option(help="Thư mục nhận tài liệu.")],
) -> None:
    """Chép tài liệu giao diện, schema, mẫu thông điệp, yêu cầu và preset mẫu ra một thư mục."""
    from gateway.wiring import conforming  # noqa: PLC0415  others start faster

    made = conforming.documents(conforming.kit(agency), out)
    line(f"đã chép {len(made)} tệp vào {out}")


@conformance.command("run")
@told
def conformance_run(  # noqa: PLR0913  each is an option
    agency: Agency,
    role: Annotated[
        str, typer.Option(help="server: cơ quan được gọi; client: cơ quan gọi đến.")
    ],
    *,
    against: Annotated[
        str,
        typer.Option(help="mock, hoặc địa chỉ hệ thống thử; bỏ trống: theo preset."),
    ] = "",
    only: Annotated[
        str, typer.Option(help="Chỉ một yêu cầu (DL-401) hoặc một phép thử.")
    ] = "",
    preset: Annotated[
        Path | None, typer.Option(help="Tệp địa chỉ, khóa, mã của hệ thống thử.")
    ] = None,
    attest: Annotated[
        Path | None, typer.Option(help="Tệp xác nhận cho điều không thử được.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Thư mục nhận HTML, JSON, JUnit và biên bản (DOCX)."),
    ] = None,
    by: Annotated[str, typer.Option(help="Người thử; mặc định là tài khoản máy.")] = "",
    json_: Json = False,
) -> None:
    """Thử hệ thống của cơ quan; kết luận cho từng yêu cầu, kèm thông điệp đã trao đổi."""
    from gateway.conformance.partner.trying import Wanted  # noqa: PLC0415  others start faster
    from gateway.wiring import conforming  # noqa: PLC0415

    kit = conforming.kit(agency)
    settings = conforming.given(kit, preset)
    wanted = Wanted(_role(role), against, only, by or _account())
    outcome = conforming.run(kit, settings, wanted, _telling(quiet=json_), attest)
    written = conforming.keep(outcome)
    if report is not None:
        written += conforming.report(outcome, report)
    if json_:
        as_json(conforming.as_json(outcome))
    else:
        _conclude(outcome)
        for path in written:
            line(f"đã ghi {path}")
    raise typer.Exit(code_of(outcome))


def _account() -> str:
    """Of the machine; empty where it tells none."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):
        return ""


def _role(name: str) -> Role:
    from gateway.conforming import Role  # noqa: PLC0415

    if name not in {one.value for one in Role}:
        raise ValueError(
            "--role là server (cơ quan được gọi) hoặc client (cơ quan gọi đến)."
        )
    return Role(name)


def code_of(outcome: Outcome) -> int:
    """The exit code of a run."""
    from gateway.conformance.partner.verdicts import Overall  # noqa: PLC0415

    return {
        Overall.PASSED: 0,
        Overall.FAILED: REFUSED,
        Overall.SILENT: UNREACHABLE,
        Overall.INCOMPLETE: INCOMPLETE,
    }[outcome.overall]


def _telling(*, quiet: bool) -> Told:
    from gateway.conformance.partner.trying import Told  # noqa: PLC0415

    last: dict[str, float] = {}

    def tell(ran: Ran) -> None:
        if not quiet:
            _tell(ran)

    def say(text: str) -> None:
        if not quiet:
            line(f"→ {text}", style="bold")

    def waiting(what: str, left_s: float) -> None:
        if quiet:
            return
        told_at = last.get(what)
        if console.is_terminal:
            console.print(f"  chờ {what}: còn {left_s:.0f} giây   ", end="\r")
        elif told_at is None or told_at - left_s >= QUIET_S:
            last[what] = left_s
            line(f"  chờ {what}: còn {left_s:.0f} giây")

    return Told(tell, say, waiting)


def _tell(ran: Ran) -> None:
    wrong = [one for one in ran.findings if not one.holds]
    if wrong:
        line(f"✘ {ran.says}", style="red")
        for one in wrong:
            line(f"    {one.number}: {one.why}")
    elif ran.ended:
        line(f"– {ran.says}", style="yellow")
    else:
        line(f"✔ {ran.says}", style="green")
    if ran.ended:
        line(f"    {ran.ended}")


def _conclude(outcome: Outcome) -> None:
    from gateway.conformance.partner.verdicts import (  # noqa: PLC0415
        OVERALL_WORDS,
        WORDS,
        Verdict,
        counted,
    )

    table(
        "Chưa đạt, chưa thử, hoặc do người xác nhận",
        ["Số", "Mức", "Kết luận", "Yêu cầu", "Vì sao"],
        [
            (
                one.requirement.number,
                "phải" if one.requirement.level.value == "must" else "nên",
                WORDS[one.verdict],
                one.requirement.vi,
                "\n".join((*one.why, one.by)).strip(),
            )
            for one in outcome.judged
            if one.verdict is not Verdict.HOLDS
        ],
    )
    counts = counted(outcome.judged)
    told = ", ".join(f"{count} {WORDS[one]}" for one, count in counts.items() if count)
    where = outcome.wanted.against
    if outcome.tried:
        where += f" (đã thử {outcome.tried})"
    line(f"{outcome.folder.title}, vai {outcome.wanted.role.value}, {where}: {told}")
    line(f"Kết luận chung: {OVERALL_WORDS[outcome.overall]}")
