"""Commands on the contacts of offices."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer

from gateway.cli.client import call
from gateway.cli.frame import Json, Reason, path, told
from gateway.cli.show import as_json, day, pairs, table
from gateway.domain.contact import ROLES, ContactRole

contact = typer.Typer(no_args_is_help=True, help="Đầu mối của các đơn vị nhận.")
Identifier = Annotated[str, typer.Argument(help="Mã đầu mối, xem list.")]
Office = Annotated[str, typer.Option("--office", help="Mã đơn vị nhận.")]
Name = Annotated[str, typer.Option("--name", help="Họ tên.")]
ContactRoleOption = Annotated[
    ContactRole,
    typer.Option(
        "--role", help="business: nghiệp vụ; technical: kỹ thuật; leader: lãnh đạo."
    ),
]
Phone = Annotated[str, typer.Option("--phone", help="Điện thoại.")]
Email = Annotated[str, typer.Option("--email", help="Thư điện tử.")]
From = Annotated[str, typer.Option("--from", help="Từ ngày; trống là hôm nay.")]
To = Annotated[str, typer.Option("--to", help="Đến hết ngày; trống là chưa định.")]
Past = Annotated[bool, typer.Option("--past", help="Cả người đã thôi làm đầu mối.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(contact, name="contact")


@contact.command("list")
@told
def contact_list(office: Office = "", past: Past = False, json_: Json = False) -> None:
    """Họ tên và điện thoại của đầu mối từng đơn vị."""
    query = "&".join(
        part
        for part in (f"office={quote(office)}" * bool(office), "past=true" * past)
        if part
    )
    answer = call("GET", "/v1/contacts" + (f"?{query}" if query else ""))
    if json_:
        as_json(answer)
        return
    table(
        "Đầu mối của các đơn vị",
        ["Mã", "Đơn vị", "Việc", "Họ tên", "Điện thoại", "Thư điện tử", "Từ, đến"],
        [
            (
                *(row["id"], row["office_name"] or row["office"], row["role_name"]),
                *(row["name"], row["phone"], row["email"], _span(row)),
            )
            for row in answer["contacts"]
        ],
    )


def _span(row: dict[str, Any]) -> str:
    until = f" đến hết {day(row['to'])}" if row["to"] else ""
    return f"từ {day(row['from'])}{until}"


@contact.command("add")
@told
def contact_add(  # noqa: PLR0913, PLR0917  each is an option
    office: Office,
    name: Name,
    reason: Reason,
    role: ContactRoleOption = ContactRole.BUSINESS,
    phone: Phone = "",
    email: Email = "",
    from_: From = "",
    to: To = "",
    json_: Json = False,
) -> None:
    """Ghi một đầu mối của một đơn vị."""
    body = {
        "office": office,
        "name": name,
        "role": role.value,
        "phone": phone,
        "email": email,
        "from": from_,
        "to": to,
        "reason": reason,
    }
    answer = call("POST", "/v1/contacts", role="administrator", body=body)
    if json_:
        as_json(answer)
        return
    _show(answer)


@contact.command("end")
@told
def contact_end(identifier: Identifier, reason: Reason, to: To = "") -> None:
    """Người này thôi làm đầu mối: từ bây giờ, hoặc sau ngày --to."""
    where = path("v1", "contacts", identifier, "end")
    body = {"reason": reason, "to": to}
    _show(call("POST", where, role="administrator", body=body))


def _show(row: dict[str, Any]) -> None:
    pairs(
        [
            ("Mã", row["id"]),
            ("Đơn vị", row["office_name"] or row["office"]),
            ("Việc", ROLES[ContactRole(row["role"])]),
            ("Đầu mối", row["words"]),
            ("Thời gian", _span(row)),
        ]
    )
