"""Commands on chasing offices (đôn đốc)."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from gateway.cli.client import call, fetch
from gateway.cli.frame import Json, day_typed, path, told
from gateway.cli.papers import keep
from gateway.cli.show import as_json, day, line, moment, pairs, table
from gateway.domain.chase import HOWS, How, Standing

chase = typer.Typer(no_args_is_help=True, help="Đôn đốc các đơn vị.")
STANDINGS = {
    Standing.BROKEN: "thất hẹn",
    Standing.OPEN: "đang hẹn",
    Standing.UNANSWERED: "chưa trả lời",
    Standing.NONE: "",
}


class By(StrEnum):
    """How an office was chased, other than by a reminder of the gateway's own."""

    CALL = "call"
    MESSAGE = "message"
    LETTER = "letter"
    ESCALATION = "escalation"


Number = Annotated[str, typer.Argument(help="Số bất kỳ của hồ sơ.")]
Office = Annotated[str, typer.Option("--office", help="Mã đơn vị, xem lane list.")]
State = Annotated[
    str,
    typer.Option(
        "--state", help="broken: thất hẹn; open: đang hẹn; unanswered: chưa trả lời."
    ),
]
How_ = Annotated[
    By,
    typer.Option(
        "--how",
        help="call: gọi điện; message: nhắn tin; letter: công văn; escalation: báo lãnh"
        " đạo đơn vị.",
    ),
]
Contact = Annotated[str, typer.Option("--contact", help="Gặp ai.")]
Said = Annotated[str, typer.Option("--said", help="Đã trao đổi gì.")]
On = Annotated[
    str, typer.Option("--promised", help="Đơn vị hẹn ngày (13/03/2026), nếu có hẹn.")
]
Corrects = Annotated[
    str, typer.Option("--corrects", help="Mã lần ghi nhầm mà lần này đính chính.")
]
Escalate = Annotated[bool, typer.Option("--escalate", help="Gửi lãnh đạo đơn vị.")]
Again = Annotated[
    str, typer.Option("--again", help="Lý do gửi lại trong cùng ngày làm việc.")
]
Out = Annotated[
    Path, typer.Option("--out", help="Tệp Word sẽ ghi; chỉ người chạy lệnh đọc được.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(chase, name="chase")


@chase.command("list")
@told
def chase_list(state: State = "", office: Office = "", json_: Json = False) -> None:
    """Thất hẹn trước, rồi đang hẹn theo ngày, rồi chưa trả lời."""
    asked = {"state": state, "office": office}
    rows: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        answer = call("GET", f"/v1/chases?{urlencode({**asked, 'after': after})}")
        rows += answer["chases"]
        after = answer["after"]
    if json_:
        as_json({"chases": rows})
        return
    table(
        "Đôn đốc",
        [
            "Hồ sơ",
            "Đơn vị",
            "Tình trạng",
            "Đơn vị hẹn",
            "Lần cuối",
            "Được báo lãnh đạo",
        ],
        [
            (
                *(row["number"], row["office_name"]),
                STANDINGS[Standing(row["standing"])],
                _promised(row),
                f"{moment(row['last_at'])} {HOWS[How(row['last_how'])]}",
                "được" if row["may_escalate"] else "",
            )
            for row in rows
        ],
    )


def _promised(row: dict[str, Any]) -> str:
    broken = f" (thất hẹn {row['broken']} lần)" if row["broken"] else ""
    return f"{day(row['promised_on'])}{broken}"


@chase.command("show")
@told
def chase_show(number: Number, json_: Json = False) -> None:
    """Mọi lần đôn đốc của một hồ sơ, theo từng đơn vị."""
    answer = call("GET", path("v1", "dossiers", number, "chases"))
    if json_:
        as_json(answer)
        return
    for office in answer["offices"]:
        table(
            f"{office['office_name']} {STANDINGS[Standing(office['standing'])]}".strip(),
            ["Mã", "Lúc", "Bằng cách", "Gặp ai", "Nội dung", "Hẹn"],
            [
                (
                    *(one["id"], moment(one["at"]), one["how_name"]),
                    *(one["contact"], one["said"]),
                    f"{day(one['promised_on'])} {one['promise_name']}".strip(),
                )
                for one in office["chases"]
            ],
        )


@chase.command("add")
@told
def chase_add(
    number: Number,
    office: Office,
    how: How_ = By.CALL,
    contact: Contact = "",
    said: Said = "",
    promised: On = "",
    corrects: Corrects = "",
    json_: Json = False,
) -> None:
    """Ghi một lần đôn đốc; ghi nhầm thì ghi lần nữa với --corrects."""
    body = {
        "office": office,
        "how": how.value,
        "contact": contact,
        "said": said,
        "promised_on": day_typed(promised).isoformat() if promised else "",
        "corrects": corrects,
    }
    _show(call("POST", path("v1", "dossiers", number, "chases"), body=body), json_)


@chase.command("mail")
@told
def chase_mail(
    number: Number,
    office: Office,
    escalate: Escalate = False,
    again: Again = "",
    json_: Json = False,
) -> None:
    """Gửi thư nhắc đầu mối của đơn vị; một lần trong ngày làm việc."""
    body = {"office": office, "escalate": escalate}
    body |= {"again": bool(again), "reason": again}
    where = path("v1", "dossiers", number, "chases", "mail")
    _show(call("POST", where, body=body), json_)


@chase.command("mail-all")
@told
def chase_mail_all(
    office: Annotated[str, typer.Argument(help="Mã đơn vị, xem lane list.")],
    numbers: Annotated[
        list[str] | None,
        typer.Argument(help="Số của từng hồ sơ; không ghi là mọi hồ sơ đang đôn đốc."),
    ] = None,
    again: Again = "",
    json_: Json = False,
) -> None:
    """Gửi một thư gộp cho đơn vị về nhiều hồ sơ."""
    body: dict[str, Any] = {"again": bool(again), "reason": again}
    if numbers:
        body["dossiers"] = numbers
    sent = call("POST", path("v1", "offices", office, "chases", "mail"), body=body)
    if json_:
        as_json(sent)
        return
    line(f"Đã gửi một thư về {len(sent['dossiers'])} hồ sơ.")
    if sent["left_out"]:
        line(f"Đã nhắc trong ngày, không có trong thư: {', '.join(sent['left_out'])}.")


@chase.command("text")
@told
def chase_text(number: Number, office: Office) -> None:
    """In vài câu nhắc để chép vào thư hoặc tin nhắn."""
    where = path("v1", "dossiers", number, "chases", "text")
    line(call("GET", f"{where}?{urlencode({'office': office})}")["text"])


@chase.command("letter")
@told
def chase_letter(
    office: Annotated[str, typer.Argument(help="Mã đơn vị, xem lane list.")],
    numbers: Annotated[list[str], typer.Argument(help="Số của từng hồ sơ.")],
    out: Out,
) -> None:
    """Lấy công văn đôn đốc một đơn vị về các hồ sơ, tệp Word."""
    query = urlencode([("dossiers", one) for one in numbers])
    where = f"{path('v1', 'offices', office, 'chase-letter.docx')}?{query}"
    keep(out, fetch(where))


def _show(row: dict[str, Any], json_: bool) -> None:
    if json_:
        as_json(row)
        return
    pairs(
        [
            ("Mã", row["id"]),
            ("Đơn vị", row["office_name"]),
            ("Bằng cách", row["how_name"]),
            ("Lúc", moment(row["at"])),
            ("Gặp ai", row["contact"]),
            ("Đơn vị hẹn", day(row["promised_on"])),
            ("Số địa chỉ đã nhận thư", row["mailed"]),
        ]
    )
