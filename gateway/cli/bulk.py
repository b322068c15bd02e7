"""Commands about many transfers at once: start, list, show, failures, pause, stop."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import quote

import typer

from gateway.cli.client import call
from gateway.cli.frame import Json, Reason, fail, path, sure, told
from gateway.cli.processes import target
from gateway.cli.show import as_json, line, moment, pairs, table
from gateway.console import labels
from gateway.domain.bulk import Outcome
from gateway.domain.transfer import Action

bulk = typer.Typer(no_args_is_help=True, help="Làm hàng loạt với nhiều lượt gửi.")
Id = Annotated[str, typer.Argument(help="Mã việc hàng loạt (b_…), xem bulk list.")]
Rate = Annotated[
    int | None, typer.Option("--per-second", help="Số lượt mỗi giây, mặc định 50.")
]
_COUNTS = (
    ("Được chọn", "asked"),
    ("Bỏ qua từ đầu", "skipped"),
    ("Phải làm", "queued"),
    ("Đã làm", "done"),
    ("Không làm được", "failed"),
    ("Không làm vì đã dừng hẳn", "stopped"),
    ("Còn lại", "left"),
)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(bulk, name="bulk")


@bulk.command("start")
@told
def bulk_start(  # noqa: PLR0913, PLR0917  each is an option of the command
    action: Annotated[Action, typer.Argument(help="Việc làm với từng lượt gửi.")],
    reason: Reason,
    state: Annotated[
        str,
        typer.Option(
            help="Mã trạng thái, cách nhau bằng dấu phẩy: waiting, due, parked,"
            " unconfirmed."
        ),
    ] = "parked",
    office: Annotated[str, typer.Option(help="Mã đơn vị nhận.")] = "",
    agency: Annotated[str, typer.Option(help="Mã ngành.")] = "",
    kind: Annotated[str, typer.Option(help="Loại thông điệp.")] = "",
    cause: Annotated[str, typer.Option(help="Mã lý do đứng yên.")] = "",
    before: Annotated[
        str, typer.Option(help="Đứng yên từ trước ngày hoặc thời điểm ISO này.")
    ] = "",
    per_second: Rate = None,
    yes: Annotated[bool, typer.Option("--yes", help="Không hỏi lại.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ đếm.")] = False,
    json_: Json = False,
) -> None:
    """Làm một việc với mọi lượt gửi khớp điều kiện; đếm cho xem rồi mới hỏi."""
    given = {
        "office": office,
        "agency": agency,
        "kind": kind,
        "cause": cause,
        "still_before": _moment(before) if before else "",
    }
    body: dict[str, Any] = {
        "action": action.value,
        "filter": {
            "states": state.split(","),
            **{name: value for name, value in given.items() if value},
        },
        "reason": reason,
        **({} if per_second is None else {"per_second": per_second}),
    }
    if not yes or dry_run:
        found = call("POST", "/v1/bulk-jobs", body={**body, "dry_run": True})
        if not _goes_on(found, action, dry_run=dry_run, json_=json_):
            return
    body["idempotency_key"] = secrets.token_hex(16)
    _show(call("POST", "/v1/bulk-jobs", body=body), json_=json_)


def _moment(text: str) -> str:
    found = target(text)
    if isinstance(found, timedelta):
        raise ValueError(f"«{text}» là một khoảng; ghi thời điểm.")  # noqa: TRY004  typed
    return found.isoformat()


def _goes_on(
    found: dict[str, Any], action: Action, *, dry_run: bool, json_: bool
) -> bool:
    """Show what would happen; whether it is to happen."""
    if dry_run:
        if json_:
            as_json(found)
        else:
            _preview(found, action)
        return False
    if json_:
        fail("--json không hỏi lại được: thêm --yes hoặc --dry-run.")
    _preview(found, action)
    if not found["queued"]:
        line("Không có lượt nào làm được; không lập việc.")
        return False
    if not sure(f"Làm với {found['queued']} lượt gửi?"):
        fail("Chưa làm gì.")
    return True


def _preview(found: dict[str, Any], action: Action) -> None:
    pairs(
        [
            ("Việc", labels.action(action)),
            ("Được chọn", str(found["asked"])),
            ("Sẽ làm", str(found["queued"])),
            *(
                (f"  thành «{labels.state(state)}»", str(count))
                for state, count in found["leads_to"].items()
            ),
            ("Bỏ qua", str(found["skipped"])),
        ]
    )
    for row in found["skipped_by"]:
        line(f"  {row['count']}: {row['words'] or row['code']}")
    table(
        "Vài lượt trong số đó",
        ["Mã lượt gửi", "Nội dung", "Tình trạng"],
        [
            (
                row["transfer_id"],
                f"{labels.message_kind(row['kind'])} → {row['office_name']}",
                row["words"]
                or f"{labels.state(row['state'])}; {labels.fate(row['fate'])}",
            )
            for row in found["sample"]
        ],
    )


@bulk.command("list")
@told
def bulk_list(json_: Json = False) -> None:
    """Các việc hàng loạt, mới nhất trước."""
    answer = call("GET", "/v1/bulk-jobs")
    if json_:
        as_json(answer)
        return
    table(
        "Việc hàng loạt",
        ["Mã việc", "Việc", "Tình trạng"],
        [(row["id"], _asked(row), _progress(row)) for row in answer["jobs"]],
    )


def _asked(row: dict[str, Any]) -> str:
    who = labels.actor(row["actor"])
    return f"{labels.action(row['action'])}; {who}, {moment(row['asked_at'])}"


def _progress(row: dict[str, Any]) -> str:
    settled = row["done"] + row["failed"] + row["stopped"]
    failed = f", {row['failed']} không làm được" if row["failed"] else ""
    return f"{labels.job(row['state'])}: {settled}/{row['queued']}{failed}"


@bulk.command("show")
@told
def bulk_show(identifier: Id, json_: Json = False) -> None:
    """Một việc hàng loạt với các số đếm."""
    _show(call("GET", path("v1", "bulk-jobs", identifier)), json_=json_)


def _show(row: dict[str, Any], *, json_: bool) -> None:
    if json_:
        as_json(row)
        return
    selected = row["filter"]
    states = ", ".join(labels.state(state) for state in selected["states"])
    pairs(
        [
            ("Mã việc", row["id"]),
            ("Việc", labels.action(row["action"])),
            ("Tình trạng", labels.job(row["state"])),
            ("Lượt gửi", states),
            ("Đơn vị nhận", selected.get("office")),
            ("Ngành", labels.AGENCIES.get(selected.get("agency", ""), "")),
            ("Thông điệp", labels.message_kind(selected.get("kind", ""))),
            ("Lý do đứng yên", labels.reason(selected.get("cause"))),
            ("Đứng yên từ trước", moment(selected.get("still_before"))),
            ("Người lập", labels.actor(row["actor"])),
            ("Lúc", moment(row["asked_at"])),
            ("Lý do", row.get("reason")),
            ("Tốc độ", f"{row['per_second']} lượt mỗi giây"),
            *((name, str(row[key])) for name, key in _COUNTS),
            ("Xong lúc", moment(row["ended_at"])),
        ]
    )
    if not row["complete"]:
        line("Danh sách chưa chốt xong, các số còn tăng.")
    if not row["adds_up"]:
        line("Các số không khớp nhau: báo bộ phận kỹ thuật.", style="red")


@bulk.command("failures")
@told
def bulk_failures(
    identifier: Id,
    outcome: Annotated[
        Outcome, typer.Option(help="Kết quả cần xem; skipped: bỏ qua từ đầu.")
    ] = Outcome.FAILED,
    after: Annotated[int, typer.Option(help="Xem tiếp sau vị trí này.")] = 0,
    json_: Json = False,
) -> None:
    """Những lượt gửi không làm được, và vì sao."""
    where = path("v1", "bulk-jobs", identifier, "items")
    answer = call("GET", f"{where}?outcome={quote(outcome)}&after={after}")
    if json_:
        as_json(answer)
        return
    table(
        labels.item(outcome).capitalize(),
        ["Mã lượt gửi", "Vì sao", "Việc tiếp theo"],
        [
            (row["transfer_id"], row["words"] or row["code"], row["next_action"])
            for row in answer["items"]
        ],
    )
    if answer["after"] is not None:
        line(f"Còn nữa: thêm --after {answer['after']}.")


def _steer(
    identifier: str, what: str, per_second: int | None = None, *, json_: bool
) -> None:
    body = {} if per_second is None else {"per_second": per_second}
    answer = call("POST", path("v1", "bulk-jobs", identifier, what), body=body)
    _show(answer, json_=json_)


@bulk.command("pause")
@told
def bulk_pause(identifier: Id, json_: Json = False) -> None:
    """Tạm dừng; lượt đang làm dở được làm nốt."""
    _steer(identifier, "pause", json_=json_)


@bulk.command("resume")
@told
def bulk_resume(identifier: Id, per_second: Rate = None, json_: Json = False) -> None:
    """Chạy tiếp từ chỗ đã dừng, có thể đổi tốc độ."""
    _steer(identifier, "resume", per_second, json_=json_)


@bulk.command("stop")
@told
def bulk_stop(identifier: Id, json_: Json = False) -> None:
    """Dừng hẳn: những lượt còn lại không làm nữa, việc đã làm giữ nguyên."""
    _steer(identifier, "stop", json_=json_)
