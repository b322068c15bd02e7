"""Where tax takes packages: recognised by their numbers, answered file by file."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema_rs
from lxml.etree import _Element

from gateway.adapters.tax.mock_file_out import Receipt, WayBack
from gateway.adapters.tax.mock_file_packages import (
    MAX_FILE_BYTES,
    Enclosed,
    NotTaken,
    Package,
    Reader,
)
from gateway.adapters.tax.mock_portal_calls import (
    SLIPS,
    PortalOffice,
    Told,
    files_of,
    parsed,
)
from gateway.adapters.tax.mock_portal_desk import Slip, moment
from gateway.adapters.tax.mock_portal_slips import SlipFile, glance_at_slip
from gateway.adapters.tax.mock_xml import text_of

SLIP, ANSWER, RECEIPT = "PHIEU_CHUYEN", "TRA_LOI", "BIEN_NHAN"
#: Names of the portal's answers → codes of codes.toml, [[file]]; a scenario names codes.
CODES = {
    "already_there": "01",
    "contradiction": "30",
    "slip_schema": "31",
    "signature_missing": "32",
    "signature_invalid": "33",
    "certificate_unknown": "34",
    "slip_data": "35",
    "related_unknown": "36",
    "related_ended": "37",
    "question_unknown": "40",
    "unreadable_file": "50",
}
MAX_NUMBER = 250


class Published:
    """The published schemas of what senders enclose, and the codes in words."""

    def __init__(self, folder: Path) -> None:
        """Read once."""
        self._valid = {
            kind: jsonschema_rs.validator_for(
                json.loads((folder / f"{name}.json").read_text("utf-8"))
            )
            for kind, name in ((ANSWER, "TraLoi"), (RECEIPT, "BienNhan"))
        }
        rows = tomllib.loads((folder / "codes.toml").read_text("utf-8"))
        self.packages = {row["code"]: str(row["text"]) for row in rows["package"]}
        self.files = {row["code"]: str(row["text"]) for row in rows["file"]}

    def read(self, file: Enclosed) -> dict[str, Any]:
        """What a JSON file says; ``Told`` 50 when it cannot be read."""
        content = parsed(file.raw) if len(file.raw) <= MAX_FILE_BYTES else None
        if content is None or not self._valid[file.kind].is_valid(content):
            raise Told("50")
        return content


@dataclass(frozen=True, slots=True)
class Taken:
    """A package that was taken: what it was, and how each file was answered."""

    digests: tuple[str, ...]
    results: list[dict[str, str]]


@dataclass(slots=True)
class PackageCounter:
    """Where packages are opened, taken and answered."""

    office: PortalOffice
    reader: Reader
    published: Published
    slips: SlipFile
    back: WayBack
    #: where a receipt goes when the sender of a package is not proved
    usual_sender: str
    _taken: dict[tuple[str, str], Taken] = field(default_factory=dict)
    _lost: dict[tuple[str, str], int] = field(default_factory=dict)
    _damaged: dict[tuple[str, str], int] = field(default_factory=dict)

    def take(self, carried: Mapping[str, bytes | NotTaken]) -> int:
        """Read the files of one medium, by their names; how many packages there were.

        What was made first is taken first, whatever the files are called: a
        supplement may lie beside its slip.
        """
        opened: list[tuple[Package, str]] = []
        count = 0
        for name, content in carried.items():
            stem = name.removesuffix(".p7m")
            try:
                if isinstance(content, NotTaken):
                    raise content
                package = self.reader.read(content, self.office.now())
            except NotTaken as refused:
                count += 1
                self._refuse(refused, stem, "")
                continue
            opened.append((package, stem))
        opened.sort(key=lambda one: one[0].made_at)
        return count + sum(self._take(package, stem) for package, stem in opened)

    def _take(self, package: Package, stem: str) -> bool:
        """Take one package, unless the scenario lost it on the way."""
        about = self._dossier(package, SLIP, ANSWER)
        scenario = self.office.scenario(about, "tax_file")
        key = (package.sender, package.number)
        if self._is_spent(self._lost, key, scenario.get("medium_lost_times", 0)):
            return False
        if self._is_spent(self._damaged, key, scenario.get("damaged_times", 0)):
            self._refuse(NotTaken("20"), stem, about)
            return True
        before = self._taken.get(key)
        if before is not None and before.digests != package.digests:
            other = NotTaken("25", number=package.number, sender=package.sender)
            self._refuse(other, stem, about)
            return True
        # Booked first, as whatever its files change is booked behind it.
        code = "00" if before is None else "01"
        self._book(package.number, code, self._dossier(package, SLIP, ANSWER, RECEIPT))
        if before is None:
            results = [self._result(package, file) for file in package.files]
            before = self._taken[key] = Taken(package.digests, results)
        # A receipt is not answered by a receipt.
        if any(file.kind != RECEIPT for file in package.files):
            self._answer(package.sender, package.number, code, about, before.results)
        return True

    def _dossier(self, package: Package, *kinds: str) -> str:
        """The first dossier that a file of these kinds names; nothing is verified."""
        found = (self._glance(file) for file in package.files if file.kind in kinds)
        return next((number for number in found if number), "")

    def _glance(self, file: Enclosed) -> str:
        if file.kind == SLIP:
            return glance_at_slip(file.raw)[1]
        try:
            told = self.published.read(file)
        except Told:
            return ""
        if file.kind == ANSWER:
            return str(told["MaHoSo"])
        rows = (row for one in told["DanhSach"] for row in _rows_of(one))
        return next((row["MaHoSo"] for row in rows if row["MaHoSo"]), "")

    def _is_spent(
        self, counts: dict[tuple[str, str], int], key: tuple[str, str], most: int
    ) -> bool:
        """Whether a scenario's misfortune happens to a package once more."""
        done = counts.get(key, 0)
        counts[key] = done + 1
        return done < int(most)

    # ---- receipts

    def _refuse(self, refused: NotTaken, stem: str, about: str) -> None:
        # A name that is no UTF-8 cannot be told as it is.
        name = stem.encode("utf-8", "replace").decode()[:MAX_NUMBER]
        number = refused.number or name
        self._book(number, refused.code, about)
        self._answer(
            refused.sender or self.usual_sender, number, refused.code, about, None
        )

    def _book(self, number: str, code: str, dossier: str) -> None:
        self.office.arrived("package", dossier, so_goi=number, code=code)

    def _answer(
        self,
        sender: str,
        number: str,
        code: str,
        about: str,
        results: list[dict[str, str]] | None,
    ) -> None:
        told: dict[str, Any] = {
            "SoGoi": number,
            "ThoiGian": moment(self.office.now()),
            "Ma": code,
            "MoTa": self.published.packages[code],
        }
        if results is not None:
            told["KetQua"] = results
        self.back.of(sender).receipts.append(Receipt(about, told))

    # ---- files

    def _result(self, package: Package, file: Enclosed) -> dict[str, str]:
        kinds: dict[str, Callable[[Package, Enclosed], None]] = {
            SLIP: self._take_slip,
            ANSWER: self._take_answer,
            RECEIPT: self._take_receipt,
        }
        code = "00"
        try:
            if file.kind not in kinds:
                # What only tax itself sends is nothing that tax can read.
                raise Told("50")
            kinds[file.kind](package, file)
        except Told as told:
            code = _code(told)
        return {"Tep": file.name, "Ma": code, "MoTa": self.published.files[code]}

    def _take_slip(self, package: Package, file: Enclosed) -> None:
        kind, dossier = glance_at_slip(file.raw)
        facts: dict[str, str | int | bool] = {"so_goi": package.number}
        try:
            # Before the slip is looked at, as the issuer's certificate may have expired.
            for known in self.slips.desk.slips(package.sender, dossier):
                if known.raw == file.raw:
                    facts["so_phieu"] = known.number
                    raise Told("already_there")
            row, slip = self.slips.read(file.raw, self.office.now())
            # From here on only what was signed is believed.
            kind = SLIPS.get(slip.kind, "unknown")
            dossier = text_of(row, "TT_CHUNG/MA_HS")
            facts["so_phieu"] = slip.number
            self._put_on_file(package.sender, dossier, row, slip)
        except Told as told:
            self.office.arrived(kind, dossier, **facts, error=_code(told))
            raise
        self.office.arrived(kind, dossier, **facts)
        self.office.effect(kind, dossier, so_phieu=slip.number)

    def _put_on_file(
        self, sender: str, dossier: str, row: _Element, slip: Slip
    ) -> None:
        if slip.kind not in SLIPS:
            raise Told("slip_schema")
        scenario = self.office.scenario(dossier, "tax_file")
        numbers = (slip.number, slip.kind)
        self.slips.refuse_repeat(sender, dossier, numbers, slip.raw)
        self.slips.refuse_if_told(dossier, scenario)
        related = self.slips.related(sender, dossier, slip)
        self.slips.check(sender, dossier, row, slip, related)
        self.slips.take(sender, dossier, slip, related, scenario)

    def _take_answer(self, package: Package, file: Enclosed) -> None:
        facts: dict[str, str | int | bool] = {"so_goi": package.number}
        dossier = ""
        try:
            told = self.published.read(file)
            dossier = str(told["MaHoSo"])
            facts["so_phieu"] = str(told["SoPhieu"])
            # Read for their own sake: what is no base64 is no answer.
            for _ in files_of(told):
                continue
            question = self.slips.question(package.sender, told)
            self.slips.answer(package.sender, dossier, question, (file.raw,))
        except Told as refused:
            code = _code(refused)
            self.office.arrived("question_answer", dossier, **facts, error=code)
            raise
        self.office.arrived("question_answer", dossier, **facts)
        self.office.effect("question_answer", dossier, so_van_ban=question.number)

    def _take_receipt(self, package: Package, file: Enclosed) -> None:
        try:
            told = self.published.read(file)
        except Told as refused:
            self.office.arrived("receipt", "", error=_code(refused))
            raise
        for one in told["DanhSach"]:
            rows = list(_rows_of(one))
            self.office.arrived(
                "receipt",
                next((row["MaHoSo"] for row in rows if row["MaHoSo"]), ""),
                so_goi=one["SoGoi"],
                code=one["Ma"],
                rows=" ".join(row["Ma"] for row in rows),
                in_goi=package.number,
            )


def _code(told: Told) -> str:
    return CODES.get(told.name, told.name)


def _rows_of(receipt: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    for result in receipt.get("KetQua", ()):
        yield from result.get("Dong", ())
