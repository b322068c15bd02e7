"""Canonical dossier → the two envelopes of BTP, and how it is asked about; pure (§8, §9).

Names are the registry's own. A value that is missing stays missing; one that the
registry demands and nobody gave is a refusal with a remedy, never a literal of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from lxml import etree

from gateway.adapters.civil_registry import fields
from gateway.adapters.civil_registry.details import SCHEMA, Check
from gateway.adapters.civil_registry.results import FOUND_BY
from gateway.carriers.json_files import FileValue
from gateway.domain.errors import NeedsConfiguration, NeedsData
from gateway.domain.handed_over import LINKED
from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.domain.text import nfc
from gateway.ports.agency import File, OutboundMessage

LINKED_PUSH, SINGLE_PUSH, ASK = "nhanHoSoDKHT", "dangKyHoTich", "layKetQuaDKHT"
#: Part of a dossier → module of its registration (§8.4).
_MODULES = {"birth": "KS", "death": "KT"}
#: The calendar day alone; an hour would be ours.
_DAY_LENGTH = len("2026-03-10")

Office = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Push:
    """A call that hands a dossier over; ``data``: its fields before they are a text."""

    operation: str
    module: str
    data: Mapping[str, Any]
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """How a dossier is asked about; ``provinces``: codes to try, in their order (§9.2).

    ``since``: when its push was made, if that is known.
    """

    number: str
    module: str
    provinces: tuple[str, ...]
    since: datetime | None = None


def push(message: OutboundMessage, office: Office, check: Check) -> Push:
    """The call of a dossier, linked or not; its fields hold what §5 demands.

    Raises:
        NeedsData: something that the registry demands is not known.
        NeedsConfiguration: a row of the office's tables is missing.
    """
    number = own_number(message)
    module = _module(message)
    taken_in = _taken_in(message)
    try:
        data = fields.write(module, message.view.fields)
    except ValueError as wrong:
        raise invalid([str(wrong)]) from None
    refused = check(SCHEMA.format(f"LT{module}"), data)
    if refused:
        raise invalid(one.pointer.split("/")[1] for one in refused)
    unit = _unit(message, office, legal_day(taken_in))
    linked = message.number(LINKED)
    if linked is None:
        body: dict[str, Any] = {
            "maDonVi": unit,
            "module": module,
            "maHoSo": number,
            "ngayTiepNhan": legal_day(taken_in).isoformat(),
            "data": _xml(data),
        }
        return Push(SINGLE_PUSH, module, data, body)
    body = {
        "module": f"LT{module}",
        "maDonVi": unit,
        "maHoSoLT": linked,
        "maHoSoMCDT": number,
        "ngayTiepNhan": _hour(message, taken_in),
        "data": orjson.dumps(data).decode(),
        "fileDinhKem": list(_papers(message, office)),
    }
    return Push(LINKED_PUSH, module, data, body)


def own_number(message: OutboundMessage) -> str:
    """The one-stop's dossier code.

    Raises:
        NeedsData: nobody gave one.
    """
    number = message.number("ma_ho_so")
    if not number:
        raise NeedsData(code="number_missing")
    return number


def invalid(names: Iterable[str]) -> NeedsData:
    """A message whose fields the registry would refuse, named as people call them."""
    told = list(dict.fromkeys(names))
    called = ", ".join(fields.WORDS.get(name, name) for name in told)
    return NeedsData(
        f"fields {', '.join(told)}",
        code="message_invalid",
        remedy=f"Một cửa bổ sung hoặc sửa: {called}; rồi gửi bản sửa.",
    )


def _module(message: OutboundMessage) -> str:
    """Birth or death, by what the dossier holds of it."""
    view = message.view.fields
    found = [module for part, module in _MODULES.items() if view.get(part)]
    if len(found) != 1:
        raise NeedsData(code="registration_missing")
    return found[0]


def _taken_in(message: OutboundMessage) -> datetime:
    """When the one-stop took the dossier in, in Vietnam's time."""
    text = str(message.view.fields.get("received_at") or "")
    if not text:
        raise NeedsData(code="received_at_missing")
    at = datetime.fromisoformat(text)
    return at.astimezone(VIETNAM) if at.tzinfo else at.replace(tzinfo=VIETNAM)


def _hour(message: OutboundMessage, taken_in: datetime) -> str:
    if len(str(message.view.fields["received_at"])) <= _DAY_LENGTH:
        raise NeedsData(code="received_at_missing")
    return taken_in.strftime("%d/%m/%Y %H:%M:%S")


def in_force(
    rows: Iterable[Mapping[str, Any]], on: date
) -> Iterator[Mapping[str, Any]]:
    """Rows of a dated table that hold on a day; an end that is not told is none."""
    for row in rows:
        since, until = (row.get(name) for name in ("from", "to"))
        begun = since is None or date.fromisoformat(str(since)) <= on
        over = until is not None and date.fromisoformat(str(until)) < on
        if begun and not over:
            yield row


def _unit(message: OutboundMessage, office: Office, on: date) -> int:
    """BTP's number of the unit that registers: of the commune, else the office's only one."""
    commune = fields.at(message.view.fields, "registration.commune")
    commune = commune or message.facts.get("commune")
    for row in in_force(office.get("unit", ()), on):
        if str(row["commune"]) == commune:
            return int(row["code"])
    only = office.get("registry", {}).get("unit")
    if only is not None and not office.get("unit"):
        return int(only)
    if not commune:
        raise invalid(["noiDangKy"])
    raise NeedsConfiguration(
        code="unit_not_mapped",
        remedy=f"Quản trị bổ sung [[office.unit]] (maDonVi) cho xã {commune} rồi bấm «Gửi lại».",
    )


def _xml(data: Mapping[str, Any]) -> str:
    """``<hotich><hoso>`` with the fields, addresses as elements with elements inside."""
    root = etree.Element("hotich")
    holder = etree.SubElement(root, "hoso")
    for name, value in data.items():
        element = etree.SubElement(holder, name)
        try:
            if isinstance(value, Mapping):
                for part, text in value.items():
                    etree.SubElement(element, part).text = text
            else:
                element.text = value
        except ValueError:
            # A control character, which no XML may hold.
            raise invalid([name]) from None
    return etree.tostring(root, encoding="unicode")


def _papers(message: OutboundMessage, office: Office) -> Iterator[dict[str, Any]]:
    """Papers in force that have a file (§8.1), each by its code and number at DVCLT."""
    for paper, entry, file in files_of(message):
        yield {
            "id": entry.get("source_id") or file.id,
            "loaiGiayTo": _paper_code(paper, office),
            "tenGiayTo": file.title,
            "tenTepDinhKem": file.name,
            "huyGiayTo": 0,
            "duLieuTepDinhKem": FileValue(file.size_bytes, file.open, file.at_once),
        }


def files_of(
    message: OutboundMessage,
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any], File]]:
    """Each file of a message with its paper, and how the paper names it.

    Raises:
        NeedsData: a paper names a file that is not there.
    """
    papers = message.content.get("documents", message.view.fields.get("documents", ()))
    named = [(paper, entry) for paper in papers for entry in paper.get("files", ())]
    if len(named) != len(message.view.files):
        raise NeedsData(
            code="attachment_missing",
            remedy="Một cửa gửi lại tệp đính kèm còn thiếu của hồ sơ.",
        )
    for (paper, entry), file in zip(named, message.view.files, strict=True):
        yield paper, entry, file


def _paper_code(paper: Mapping[str, Any], office: Office) -> str:
    """DVCLT's code of a paper: as it came, by the office's table, or that of all others."""
    if paper.get("code"):
        return str(paper["code"])
    name = _compared(str(paper.get("name", "")))
    for row in office.get("paper", ()):
        if _compared(str(row["name"])) == name:
            return str(row["code"])
    other = office.get("registry", {}).get("other_paper")
    if not other:
        raise NeedsConfiguration(code="paper_not_mapped")
    return str(other)


def _compared(name: str) -> str:
    return " ".join(nfc(name).casefold().split())


def question(message: OutboundMessage, office: Office) -> Question:
    """How a dossier that was pushed is asked about.

    The code under which it was found comes first; else those of the day of filing,
    by the list of areas (of several provinces that were merged it tells which one)
    and by the office's table, then those of other days: a unit may go on under an
    old one.

    Raises:
        NeedsData: its number or its kind is not known.
        NeedsConfiguration: nobody knows a province.
    """
    linked = message.number(LINKED)
    module = _module(message)
    rows = list(office.get("province", ()))
    on = legal_day(_taken_in(message))
    found = (message.number(FOUND_BY) or "").partition("/")[0]
    listed = map(str, message.facts.get("provinces", ()))
    told = [
        found,
        *listed,
        *(str(row["code"]) for row in (*in_force(rows, on), *rows)),
    ]
    if not any(told):
        raise NeedsConfiguration(code="province_missing")
    return Question(
        number=linked or own_number(message),
        module=f"LT{module}" if linked else module,
        provinces=tuple(dict.fromkeys(filter(None, told))),
        since=message.created_at,
    )


def ask(numbers: Iterable[str], module: str, province: str) -> dict[str, Any]:
    """Body of ``layKetQuaDKHT``."""
    return {
        "maDinhDanhHoSo": list(numbers),
        "maTinh": province,
        "module": module,
    }
