"""A fortnight as data: which dossiers are handed in when, each made after an example.

Everything is a function of the plan, so that two runs hand in the same dossiers at the
same moments. Persons and numbers are invented.
"""

from __future__ import annotations

import copy
import json
import math
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from gateway.mockagency.hours import VIETNAM, Hours, read_hours

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_KEYS = {"seed", "start", "days", "dossiers", "intake", "pattern", "fault"}
_NEEDED = _KEYS - {"seed", "fault"}
FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ")
GIVEN = ("Văn Mẫu", "Thị Mẫu", "Văn Ví Dụ", "Thị Ví Dụ", "Văn Thử", "Thị Thử")
#: Counters hand in at whole steps of so many minutes.
STEP = timedelta(minutes=5)
MOST_DOSSIERS = 9000
MOST_DAYS = 366
#: A paper that an example takes from a file of its own, in small.
PAPER = "JVBERi0xLjQKJSB2aSBkdQolJUVPRgo="


@dataclass(frozen=True, slots=True)
class Pattern:
    """What some of the dossiers are made after; ``paper``: it is carried there, too."""

    document: Mapping[str, Any]
    weight: float
    paper: bool


@dataclass(frozen=True, slots=True)
class HandedIn:
    """One dossier and the moment at which the counter hands it in."""

    at: datetime
    document: Mapping[str, Any]
    paper: bool

    @property
    def number(self) -> str:
        """On the receipt."""
        return str(self.document["number"])


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole fortnight; ``faults``: rows as the mocks read them."""

    seed: int
    start: datetime
    days: int
    dossiers: int
    intake: Hours
    patterns: Sequence[Pattern]
    faults: Sequence[Mapping[str, Any]]

    @property
    def ends(self) -> datetime:
        """When it is over."""
        return self.start + timedelta(days=self.days)

    def handed_in(self) -> Iterator[HandedIn]:
        """Every dossier, in the order in which they come."""
        chance = Random(self.seed)  # noqa: S311  no secret
        moments = sorted(chance.choices(self._slots(), k=self.dossiers))
        weights = [pattern.weight for pattern in self.patterns]
        for serial, at in enumerate(moments, start=1):
            pattern = chance.choices(self.patterns, weights)[0]
            document = made(pattern.document, serial, at, chance)
            yield HandedIn(at, document, pattern.paper)

    def _slots(self) -> list[datetime]:
        """Every step of the counters' hours."""
        steps = int(timedelta(days=self.days) / STEP)
        moments = (self.start + STEP * number for number in range(steps))
        return [at for at in moments if self.intake.is_open(at)]


def read_plan(path: Path, examples: Path) -> Plan:
    """A plan file; ``examples``: folder of what its dossiers are made after.

    Raises:
        ValueError: it cannot be followed; it says why.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8-sig"))
    except ValueError as wrong:
        wrong.add_note(str(path))  # which file it was, for whoever tells of it
        raise
    if unknown := set(raw) - _KEYS:
        allowed = ", ".join(sorted(_KEYS))
        message = f"{path}: không có khóa {min(unknown)!r}; có: {allowed}"
        raise ValueError(message)
    if missing := _NEEDED - set(raw):
        raise ValueError(f"{path}: thiếu khóa {', '.join(sorted(missing))}")
    _must_be_typed(raw, path)
    for key, most in (("dossiers", MOST_DOSSIERS), ("days", MOST_DAYS)):
        if not 0 < raw[key] <= most:
            raise ValueError(f"{path}: {key} phải từ 1 đến {most}")
    return Plan(
        raw.get("seed", 1),
        _start(raw["start"], path),
        raw["days"],
        raw["dossiers"],
        read_hours({"spans": raw["intake"]}, f"{path} intake"),
        [_pattern(row, examples, path) for row in raw["pattern"]],
        raw.get("fault", ()),
    )


def _must_be_typed(raw: Mapping[str, Any], path: Path) -> None:
    numbers = ("seed", "days", "dossiers")
    wrong = [one for one in numbers if one in raw and type(raw[one]) is not int]
    if wrong:
        raise ValueError(f"{path}: {wrong[0]} phải là một số nguyên")
    for key, kind, words in (
        ("intake", str, 'danh sách khoảng giờ, ví dụ ["07:30-11:30"]'),
        ("pattern", dict, "danh sách bảng, mỗi bảng viết [[pattern]]"),
        ("fault", dict, "danh sách bảng, mỗi bảng viết [[fault]]"),
    ):
        rows = raw.get(key, [])
        if not isinstance(rows, list) or not all(isinstance(one, kind) for one in rows):
            raise ValueError(f"{path}: {key} phải là {words}")
    if not raw["pattern"]:
        raise ValueError(f"{path}: pattern phải có ít nhất một bảng")


def _start(value: object, path: Path) -> datetime:
    try:
        return datetime.fromisoformat(str(value)).astimezone(VIETNAM)
    except (ValueError, OverflowError):
        said = "phải là thời điểm, ví dụ 2026-03-09T00:00:00+07:00"
        raise ValueError(f"{path}: start {said}") from None


def _pattern(row: Mapping[str, Any], examples: Path, path: Path) -> Pattern:
    if "example" not in row:
        raise ValueError(f"{path}: một pattern thiếu khóa example")
    weight = row.get("weight", 1)
    if type(weight) not in {int, float} or not 0 < weight < math.inf:
        raise ValueError(f"{path}: weight phải là một số lớn hơn 0")
    if type(row.get("paper", False)) is not bool:
        raise ValueError(f"{path}: paper phải là true hoặc false")
    file = examples / str(row["example"]) / "dossier.json"
    if not file.is_file():
        raise ValueError(f"{path}: không có ví dụ {row['example']!r}")
    document = json.loads(file.read_text("utf-8"))
    return Pattern(document, float(weight), row.get("paper", False))


def made(
    pattern: Mapping[str, Any], serial: int, at: datetime, chance: Random
) -> dict[str, Any]:
    """A dossier like the pattern, of another person, with a number of its own."""
    document: dict[str, Any] = copy.deepcopy(dict(pattern))
    unit = str(pattern["number"]).partition("-")[0]
    promised = date.fromisoformat(pattern["due_on"]) - _day(pattern["received_at"])
    document["number"] = f"{unit}-{at:%y%m%d}-{serial:04d}"
    document["received_at"] = at.isoformat()
    document["due_on"] = (at.date() + promised).isoformat()
    _person(document["applicant"], serial, chance)
    for parcel in document.get("parcels", ()):
        parcel["number"] = str(serial)
    if "certificate" in document:
        document["certificate"]["serial"] = f"MM {200_000 + serial}"
    if "transfer" in document:
        document["transfer"]["contract_number"] = f"{serial:04d}/2026/HĐ"
    for paper in document.get("documents", ()):
        for file in paper.get("files", ()):
            if file.pop("part", None) is not None:
                file["content"] = PAPER
    return document


def _day(moment: str) -> date:
    return datetime.fromisoformat(moment).astimezone(VIETNAM).date()


def _person(applicant: dict[str, Any], serial: int, chance: Random) -> None:
    applicant["name"] = f"{chance.choice(FAMILIES)} {chance.choice(GIVEN)}"
    identity = applicant.get("identity", {})
    if len(str(identity.get("number", ""))) == 12:
        identity["number"] = f"{str(identity['number'])[:6]}{serial:06d}"
    if "phone" in applicant:
        applicant["phone"] = f"0900{serial:06d}"
    if "email" in applicant:
        applicant["email"] = f"mau{serial:04d}@example.org"
