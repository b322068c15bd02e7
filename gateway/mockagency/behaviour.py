"""How an office works when it plays itself: its hours, its pace, what becomes of dossiers.

Everything here is a function of the seed, the agency and the dossier's number, so that
two runs are the same in whatever order calls arrive (decision 0049).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from gateway.domain.unreadable import unreadable
from gateway.mockagency.draws import checked, drawn
from gateway.mockagency.hours import Hours, read_hours, times_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

#: Hours of a script that are one working day of the office.
SCRIPT_DAY_H = 24.0
FILE = "behaviour.toml"
ADAPTERS = Path(__file__).resolve().parents[1] / "adapters"
_KEYS = {"note", "hours", "pace", "batch", "course"}
_COURSE_KEYS = {"name", "title", "share", "scenario", "table"}
#: What shares may lack to a whole by their decimals.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Course:
    """What becomes of some of the dossiers; ``tables``: by which name it is asked for."""

    name: str
    title: str
    share: float
    tables: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One office that plays itself; ``batch``: times at which it tells what was done."""

    agency: str
    seed: str
    hours: Hours
    pace: Mapping[str, Any]
    batch: tuple[time, ...]
    courses: tuple[Course, ...]

    def course(self, number: str) -> Course | None:
        """What becomes of a dossier; None: the usual."""
        point = self._chance(number, "course").random()
        for one in self.courses:
            point -= one.share
            if point < 0:
                return one
        return None

    def scenario(self, number: str, table: str = "") -> Mapping[str, Any]:
        """The scenario of its course, drawn; empty: the usual."""
        course = self.course(number)
        if course is None:
            return {}
        told: Mapping[str, Any] = course.tables.get(table or self.agency, {})
        found: Mapping[str, Any] = drawn(
            told, self._chance(number, f"scenario {table or self.agency}")
        )
        return found

    def worked(self, number: str, begun: datetime, hours: float) -> datetime:
        """When an act of ``hours`` of a script is done, by somebody who is there then.

        A dossier has one pace, so that its acts keep their order.
        """
        whole = self.hours.day * (hours / SCRIPT_DAY_H) * self._factor(number)
        done = self.hours.after(begun, timedelta(seconds=int(whole.total_seconds())))
        return self._told(done)

    def appointed(self, number: str, now: datetime, when: datetime) -> datetime:
        """When an act is done that the work itself puts at a moment of the clock."""
        wait = (when - now) * self._factor(number)
        return self._told(now + timedelta(seconds=int(wait.total_seconds())))

    def _factor(self, number: str) -> float:
        return float(drawn(dict(self.pace), self._chance(number, "pace")))

    def _told(self, done: datetime) -> datetime:
        """What ends when they close is done when they open again; then the batch."""
        done = self.hours.opens(done)
        return self.hours.at_next(self.batch, done) if self.batch else done

    def _chance(self, number: str, what: str) -> Random:
        return Random(f"{self.seed}\n{self.agency}\n{number}\n{what}")  # noqa: S311  no secret


#: Nobody hurries and nobody is late.
_EVEN: Mapping[str, Any] = {"lognormal": [1.0, 0.0]}


def behaviour_of(agency: str, told: Mapping[str, Any] | None) -> Behaviour | None:
    """What the configuration of mocks says; ``told``: its table ``behaviour``.

    ``seed`` (any text), ``folder``: of files ``<agency>.toml`` that stand in for the
    shipped ones. No table, or no file of that agency: None, it works at any hour.

    Raises:
        ValueError: a file that no office can follow; it says where.
    """
    if told is None:
        return None
    own = Path(told["folder"]) / f"{agency}.toml" if told.get("folder") else None
    path = own if own and own.is_file() else ADAPTERS / agency / FILE
    if not path.is_file():
        return None
    return read(path, agency, str(told.get("seed", "1")))


def read(path: Path, agency: str, seed: str) -> Behaviour:
    """One file.

    Raises:
        ValueError: unknown keys, impossible hours, shares of more than a whole, draws
            that cannot be drawn.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        message = f"{path} {unreadable(wrong)}"
        raise ValueError(message) from wrong
    _known(raw, _KEYS, str(path))
    pace = raw.get("pace", _EVEN)
    checked({"pace": pace}, str(path))
    if not {"lognormal", "uniform"} & set(pace):
        message = f"{path}: [pace] cần lognormal hoặc uniform"
        raise ValueError(message)
    batch = times_of(raw.get("batch", {}).get("at", ()), f"{path} [batch]")
    courses = tuple(
        _course(row, agency, f"{path} [[course]] {place}")
        for place, row in enumerate(raw.get("course", ()), start=1)
    )
    if sum(one.share for one in courses) > 1 + _ROUNDING:
        message = f"{path}: tổng share của các [[course]] lớn hơn 1"
        raise ValueError(message)
    hours = read_hours(raw.get("hours", {}), f"{path} [hours]")
    return Behaviour(agency, seed, hours, pace, batch, courses)


def _course(row: Mapping[str, Any], agency: str, place: str) -> Course:
    _known(row, _COURSE_KEYS, place)
    share = row.get("share")
    if not isinstance(share, int | float) or not 0 <= share <= 1:
        message = f"{place}: share phải là số từ 0 đến 1"
        raise ValueError(message)
    tables = {agency: row.get("scenario", {}), **row.get("table", {})}
    checked(tables, place)
    name = str(row.get("name", ""))
    if not name:
        raise ValueError(f"{place}: thiếu name")
    return Course(name, str(row.get("title", name)), float(share), tables)


def _known(raw: Mapping[str, Any], keys: set[str], place: str) -> None:
    if unknown := set(raw) - keys:
        allowed = ", ".join(sorted(keys))
        message = f"{place}: không có khóa {min(unknown)!r}; có: {allowed}"
        raise ValueError(message)
