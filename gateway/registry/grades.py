"""Grades of an interface, computed from what its folder says and what was tried; pure.

*speaks*: the document's provenance is told, and every case without a fault holds.
*survives*: every case holds, and what operators need is there. *proven*: the cases
held against a system of the agency's own, or that system passed the conformance kit.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.registry.manifest import Manifest

MOCK = "mock"


class Grade(StrEnum):
    """How far an interface has come; each one holds the former."""

    UNCHECKED = "unchecked"
    FAILS = "fails"
    SPEAKS = "speaks"
    SURVIVES = "survives"
    PROVEN = "proven"


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one case, of one message kind where it is about one."""

    case: str
    kind: str
    harsh: bool
    why: str
    #: what was found; empty: it held
    way: str = "direct"
    #: straight, or over which platform

    @property
    def held(self) -> bool:
        """Whether it held."""
        return not self.why


@dataclass(frozen=True, slots=True)
class Checked:
    """One check of an interface; ``against``: ``mock``, or an address."""

    interface: str
    hash: str
    at: datetime
    against: str
    tried: tuple[Tried, ...]
    by: str = ""
    #: who tried a system of the agency's own
    left: tuple[str, ...] = ()
    #: dossiers that stay there

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "interface": self.interface,
            "hash": self.hash,
            "at": self.at.isoformat(),
            "against": self.against,
            "by": self.by,
            "left": list(self.left),
            "tried": [
                {
                    "case": t.case,
                    "kind": t.kind,
                    "harsh": t.harsh,
                    "why": t.why,
                    "way": t.way,
                }
                for t in self.tried
            ],
        }

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Checked:
        """As it was kept.

        Raises:
            KeyError: it is no check.
        """
        return cls(
            interface=raw["interface"],
            hash=raw["hash"],
            at=datetime.fromisoformat(raw["at"]),
            against=raw["against"],
            tried=tuple(Tried(**row) for row in raw["tried"]),
            by=raw.get("by", ""),
            left=tuple(raw.get("left", ())),
        )


@dataclass(frozen=True, slots=True)
class Conformed:
    """A whole run of the conformance kit against a system of the agency's own."""

    role: str
    hash: str
    #: of schemas, lists and requirements that it was held to
    at: datetime
    against: str
    by: str
    overall: str

    @property
    def passed(self) -> bool:
        """Whether every requirement was kept."""
        return self.overall == "passed"

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {**asdict(self), "at": self.at.isoformat()}

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Conformed:
        """As it was kept."""
        return cls(**{**raw, "at": datetime.fromisoformat(raw["at"])})


@dataclass(frozen=True, slots=True)
class Kept:
    """The latest runs of the conformance kit; ``hash``: what one would be held to now."""

    roles: tuple[str, ...]
    hash: str
    runs: tuple[Conformed, ...]

    @property
    def proves(self) -> bool:
        """Whether the system at the other end keeps its interface in every role."""
        good = {one.role for one in self.runs if one.passed and one.hash == self.hash}
        return good == set(self.roles)

    def lacks(self) -> Iterator[str]:
        """In Vietnamese what its runs lack; nothing where none was begun."""
        tried = {one.role: one for one in self.runs}
        for role in self.roles if tried else ():
            one = tried.get(role)
            if one is None:
                yield f"chưa chạy lienthong conformance run --role {role}"
            elif one.hash != self.hash:
                yield (
                    f"giao diện hoặc bộ yêu cầu đã đổi sau lần thử vai {role} với"
                    f" {one.against} ngày {one.at:%d/%m/%Y}: thử lại"
                )
            elif not one.passed:
                yield f"vai {role} chưa đạt với {one.against} ngày {one.at:%d/%m/%Y}"


def grade(
    manifest: Manifest,
    present: str,
    checks: Mapping[str, Checked],
    kept: Kept | None = None,
) -> tuple[Grade, tuple[str, ...]]:
    """The grade, and in Vietnamese what is missing for the next one.

    ``present``: hash of folder and interface now; ``checks``: the latest against the
    mock (``mock``) and against a system of the agency's own (``system``); ``kept``:
    what the conformance kit knows of that system.
    """
    by_mock = checks.get(MOCK)
    if by_mock is None or by_mock.hash != present:
        since = "" if by_mock is None else " từ lần sửa gần nhất"
        return Grade.UNCHECKED, (f"chưa chạy lienthong agency check{since}",)
    failed = [t for t in by_mock.tried if not t.held]
    plain = [*_unknown_source(manifest), *_failed([t for t in failed if not t.harsh])]
    if plain:
        return Grade.FAILS, tuple(plain)
    harsh = [*_failed([t for t in failed if t.harsh]), *_not_ready(manifest)]
    if harsh:
        return Grade.SPEAKS, tuple(harsh)
    if kept is not None and kept.proves:
        return Grade.PROVEN, ()
    found, missing = _by_system(manifest, present, checks.get("system"))
    return found, (*missing, *(kept.lacks() if kept and missing else ()))


def _by_system(
    manifest: Manifest, present: str, by_system: Checked | None
) -> tuple[Grade, tuple[str, ...]]:
    """What our adapter's cases say, where they were run there."""
    if by_system is None:
        return Grade.SURVIVES, (_no_system(manifest),)
    where = f"với {by_system.against} ngày {by_system.at:%d/%m/%Y}"
    if by_system.hash != present:
        return Grade.SURVIVES, (f"đã sửa sau lần thử {where}: thử lại (--against URL)",)
    wrong = _failed([t for t in by_system.tried if not t.held])
    if wrong:
        return Grade.SURVIVES, tuple(f"{one} {where}" for one in wrong)
    return Grade.PROVEN, ()


def _failed(tried: list[Tried]) -> list[str]:
    return [f"{len(tried)} phép thử chưa đạt"] if tried else []


def _unknown_source(manifest: Manifest) -> Iterator[str]:
    if not manifest.marks:
        yield "SOURCE.toml chưa ghi nguồn của từng phần tử"
    if "golden" not in manifest.grade:
        yield "[grade] chưa ghi golden: thư mục mẫu đã soát, hoặc lý do miễn"


def _not_ready(manifest: Manifest) -> Iterator[str]:
    if not manifest.may_be_logged:
        yield "[redaction] chưa ghi trường nào được đưa vào nhật ký"
    if "operations" not in manifest.grade:
        yield "[grade] chưa ghi operations: trang cho người vận hành, hoặc lý do miễn"


def _no_system(manifest: Manifest) -> str:
    told = manifest.grade.get("test_system", {})
    reason = told.get("exempt", "") if isinstance(told, dict) else str(told)
    return reason or "chưa chạy với hệ thống thử của cơ quan (--against URL)"
