"""Canonical dossier → messages of the agency; pure. Names are the agency's own (§2).

A value that is missing stays missing; one that the agency demands and nobody gave is
a refusal with a remedy, never a literal of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.carriers.json_files import FileValue
from gateway.domain.errors import NeedsData
from gateway.ports.agency import File, OutboundMessage


def message_body(message: OutboundMessage, key: str) -> dict[str, Any]:
    """Body of ``nhan-ho-so``.

    Raises:
        NeedsData: a value that §2 demands is not known.
    """
    number = message.number("ma_ho_so")
    if number is None:
        raise NeedsData(code="number_missing")
    about = {"khoa": key, "maLuotGui": message.idempotency_key, "maHoSo": number}
    if message.kind == "withdraw":
        return {**about, "loai": "RUT", "lyDo": _reason(message.content)}
    papers = list(_papers(message.view.files))
    more = {"giayTo": papers} if papers else {}
    return {**about, "loai": "HO_SO", "hoTen": _name(message.view.fields), **more}


def _name(view: Mapping[str, Any]) -> str:
    name = (view.get("applicant") or {}).get("name")
    if not name:
        raise NeedsData(code="applicant_name_missing")
    return str(name)


def _reason(content: Mapping[str, Any]) -> str:
    if not content.get("reason"):
        raise NeedsData(code="reason_missing")
    return str(content["reason"])


def _papers(files: Iterable[File]) -> Iterable[dict[str, Any]]:
    for file in files:
        content = FileValue(file.size_bytes, file.open, file.at_once)
        yield {"ten": file.title, "tep": content}
