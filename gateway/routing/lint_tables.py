"""Tables of an office that have a hole: steps, cases, names that it does not know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any

from gateway.routing.catalogue import Catalogue, CompetenceRule, Office, national_code
from gateway.routing.finding import Finding, Known
from gateway.routing.lint import Places


def holes(
    content: Mapping[str, Any], catalogue: Catalogue, known: Known, today: date
) -> Iterable[Finding]:
    """What other offices of a dialect have, or a dossier of its area needs."""
    places = Places(content)
    yield from _steps(catalogue, places)
    yield from _operations(catalogue, known, places)
    for office in catalogue.offices.values():
        yield from _cases(catalogue, office, today, places)


def _steps(catalogue: Catalogue, places: Places) -> Iterable[Finding]:
    """States of files: a code that is not in the table counts as progress only."""
    tables: dict[str, dict[str, dict[str, str]]] = {}
    for office in catalogue.offices.values():
        if "steps" in office.settings:
            steps = {str(k): str(v) for k, v in office.settings["steps"].items()}
            tables.setdefault(office.speaks, {})[office.id] = steps
    for offices in tables.values():
        # What means more than progress somewhere must not be lost elsewhere.
        told = {code for steps in offices.values() for code in steps}
        for identifier, steps in offices.items():
            missing = sorted(told - steps.keys())
            if missing:
                yield Finding(
                    places.office(identifier, "steps"),
                    f"Cơ quan {identifier}: bảng trạng thái thiếu {', '.join(missing)},"
                    " mà đơn vị khác cùng hệ thống có; thiếu thì chỉ coi là progress",
                    "Hỏi đơn vị ý nghĩa của các trạng thái này rồi thêm vào bảng.",
                    warning=True,
                )


def _operations(
    catalogue: Catalogue, known: Known, places: Places
) -> Iterable[Finding]:
    for office in catalogue.offices.values():
        kinds = known.kinds.get(office.speaks) or known.kinds.get(office.agency)
        for kind in sorted(office.operations_off - (kinds or office.operations_off)):
            alike = get_close_matches(kind, kinds or (), n=1, cutoff=0.6)
            yield Finding(
                places.office(office.id, "operations_off"),
                f"Cơ quan {office.id}: operations_off nêu {kind}, là loại thông điệp"
                " không có",
                f"Có phải «{alike[0]}»?" if alike else "Bỏ tên này.",
            )


def _cases(
    catalogue: Catalogue, office: Office, today: date, places: Places
) -> Iterable[Finding]:
    """The case of each procedure that the office receives has to be in its list."""
    if "case" not in office.settings:
        return
    listed = {str(row.get("code")) for row in office.settings["case"]}
    rules = _rules_of(catalogue, office, today)
    for procedure in catalogue.procedures:
        stem = national_code(procedure.code)
        if procedure.valid_to is not None and procedure.valid_to < today:
            continue
        received = any(not rule.procedures or stem in rule.procedures for rule in rules)
        case = procedure.cases.get(office.agency)
        if received and case and case not in listed:
            yield Finding(
                places.office(office.id, "case", 0),
                f"Cơ quan {office.id}: không có trường hợp {case} của thủ tục"
                f" {procedure.code}",
                f'Thêm [[office.case]] code = "{case}", hoặc sửa [cases] của thủ tục.',
            )


def _rules_of(
    catalogue: Catalogue, office: Office, today: date
) -> list[CompetenceRule]:
    return [
        rule
        for rule in catalogue.rules
        if rule.office == office.id
        and (rule.valid_to is None or rule.valid_to >= today)
    ]
