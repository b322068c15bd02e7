"""What tax puts down for the way back, kept for a whole run, and receipts in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.adapters.tax.conformance_calls import SLIP as SIGNED_SLIP
from gateway.adapters.tax.conformance_calls import Numbers, sign, slip
from gateway.adapters.tax.conformance_file_packages import (
    ANSWER,
    RECEIPT,
    SLIP,
    File,
    Opened,
    Package,
    opened,
    package,
    put,
)
from gateway.conforming import Lying, NotTried, Trial

OUT, BACK = "di", "ve"
Told = Mapping[str, Any]


def all_of(t: Trial) -> list[Opened]:
    """Every package of tax's in this run, in the order of its coming."""
    found: list[Opened] = t.memory.setdefault("packages", [])
    return found


async def fetch(t: Trial) -> None:
    """Open what is new in ``ve/``."""
    known = {one.name for one in all_of(t)}
    for file in await t.shared.lying(BACK):
        if _is_package(file) and file.name not in known:
            raw = await t.shared.read(file, lambda raw: _shown(t, raw)) or b""
            all_of(t).append(opened(t, file.name, raw))


def _is_package(file: Lying) -> bool:
    return file.name.endswith(".p7m") and not file.name.startswith(".")


def _shown(t: Trial, raw: bytes) -> Mapping[str, bytes]:
    return opened(t, "", raw).files


def rows(t: Trial, kind: str) -> list[Told]:
    """Elements of DanhSach of every file of a kind."""
    found: list[Told] = []
    for one in all_of(t):
        for _, raw in one.of(kind):
            found += rows_of(raw)
    return found


def rows_of(raw: bytes) -> list[Told]:
    """Elements of DanhSach; none where it cannot be read."""
    try:
        told = json.loads(raw)
    except ValueError:
        return []
    found = told.get("DanhSach", ()) if isinstance(told, dict) else ()
    return [one for one in found if isinstance(one, dict)]


def receipts(t: Trial, number: str) -> list[Told]:
    """Receipts of a package by its number, or by its file's name."""
    return [one for one in rows(t, RECEIPT) if one.get("SoGoi") == number]


async def read(
    t: Trial, *numbers: str, blame: str = "TF-501", among: str = "", keep: bool = False
) -> None:
    """Wait until tax has answered for all of these, and take them out of ``di/`` then.

    ``among``: until that code is among the answers, as far as it comes in time;
    ``keep``: they go on lying there.

    Raises:
        NotTried: one was not answered; that breaks ``blame``.
    """

    async def look() -> bool:
        await fetch(t)
        found = [codes(t, one) for one in numbers]
        return all(among in one if among else one for one in found)

    try:
        await t.until(look, f"biên nhận của {numbers[0]}", limit="read_s")
    except NotTried as late:
        if not all(codes(t, one) for one in numbers):
            t.holds(blame, fact=False, why=str(late))
            raise
    else:
        t.holds(blame, fact=True, why="")
    if not keep:
        await _taken_away(t, numbers)


async def _taken_away(t: Trial, numbers: Sequence[str]) -> None:
    """As a sender does once the receipts are there (§5)."""
    carried: list[tuple[str, Lying]] = t.memory.get("carried", [])
    for number, file in carried:
        if number in numbers:
            await t.shared.remove(file)


def codes(t: Trial, number: str) -> set[str]:
    """Every ``Ma`` that a package was answered with."""
    return {str(one.get("Ma", "")) for one in receipts(t, number)}


def last(t: Trial, number: str) -> Told:
    """The last receipt of a package; nothing where there is none."""
    found = receipts(t, number)
    return found[-1] if found else {}


def code(t: Trial, number: str) -> str:
    """``Ma`` of its last receipt."""
    return str(last(t, number).get("Ma", ""))


def code_of(t: Trial, number: str, file: str) -> str:
    """``Ma`` of one file in its last receipt."""
    return next(
        (str(o.get("Ma")) for o in files(t, number) if o.get("Tep") == file), ""
    )


def files(t: Trial, number: str) -> Sequence[Told]:
    """``KetQua`` of its last receipt."""
    found = last(t, number).get("KetQua")
    return [o for o in found if isinstance(o, dict)] if isinstance(found, list) else []


# ---- what is sent


def slip_file(raw: bytes, name: str = "phieu.xml") -> File:
    """A signed slip, its exact bytes."""
    return File(name, SLIP, raw)


def new_slip(t: Trial, of: Numbers) -> bytes:
    """A signed new slip."""
    return sign(t, SIGNED_SLIP, slip(t, of))


def json_file(name: str, kind: str, content: object) -> File:
    """A JSON file."""
    return File(name, kind, json.dumps(content, ensure_ascii=False).encode())


def answer_file(of: Numbers, question: str, text: str = "Trả lời thử") -> File:
    """An answer to a question (TRA_LOI)."""
    told = {
        "MaHoSo": of.dossier,
        "SoPhieu": of.slip,
        "SoVanBan": question,
        "NoiDung": text,
        "DanhSachTep": [],
    }
    return json_file("tra_loi.json", ANSWER, told)


async def sent(t: Trial, of: Numbers) -> Package:
    """A package with a new slip that has to be taken for a test to go on.

    Raises:
        NotTried: it was not.
    """
    one = await put(t, package(t, slip_file(new_slip(t, of))))
    await read(t, one.number)
    if code_of(t, one.number, "phieu.xml") not in {"00", "01"}:
        raise NotTried(f"phiếu dùng để thử không được nhận ({code(t, one.number)})")
    return one


async def told(t: Trial, kind: str, of: Numbers, blame: str, *states: str) -> Told:
    """A row of tax's about a slip, waited for; ``states``: one of them.

    Raises:
        NotTried: none came; that breaks ``blame``.
    """
    found: list[Told] = []

    async def look() -> bool:
        await fetch(t)
        mine = [one for one in rows(t, kind) if one.get("MaHoSo") == of.dossier]
        found[:] = [o for o in mine if not states or o.get("TrangThai") in states]
        return bool(found)

    what = f"{kind} về {of.dossier}" + (f": {', '.join(states)}" * bool(states))
    try:
        await t.until(look, what)
    except NotTried as late:
        t.holds(blame, fact=False, why=str(late))
        raise
    t.holds(blame, fact=True, why="")
    return found[-1]
