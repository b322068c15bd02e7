"""The shipped list as rows: of one province, of everything, and where they came from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("national.json")


@dataclass(frozen=True, slots=True)
class Former:
    """A commune of before, with the district that a code of its own no longer has."""

    code: str
    name: str
    district: str
    district_name: str
    province: str
    became: tuple[str, ...]


class National:
    """The list as it was made; read only where somebody asks for it."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        """``content``: what ``schemas/areas/national-1.json`` describes."""
        self._content = content
        self.on = date.fromisoformat(content["on"])
        self.source: Mapping[str, str] = content["source"]
        self.doubtful: Mapping[str, list[str]] = content["doubtful"]

    def formers(self) -> Iterator[Former]:
        """Every commune of before; an island district without one stands for itself."""
        for province, districts in self._content["communes_before"].items():
            for district, (district_name, communes) in districts.items():
                for code, (name, *became) in communes.items():
                    yield Former(
                        code, name, district, district_name, province, tuple(became)
                    )

    def rows_of(self, province: str) -> dict[str, Any]:
        """Rows of a province of today and of all that became part of it.

        Empty lists where there is no such province.
        """
        return self._rows(
            lambda code: code == province,
            [one for one in self.formers() if self._leads_to(one, province)],
        )

    def all_rows(self) -> dict[str, Any]:
        """Rows of the whole country."""
        return self._rows(lambda _: True, self.formers())

    def _leads_to(self, one: Former, province: str) -> bool:
        there = self._content["communes"].get(province, {})
        return any(code in there for code in one.became)

    def _rows(self, wanted: Any, formers: Iterable[Former]) -> dict[str, Any]:
        last = (self.on - timedelta(days=1)).isoformat()
        began = self.on.isoformat()
        communes = [
            {"code": code, "name": name, "province": province, "from": began}
            for province, names in self._content["communes"].items()
            if wanted(province)
            for code, name in names.items()
        ]
        provinces = [
            {"code": code, "name": name, "from": began}
            for code, name in self._content["provinces"].items()
            if wanted(code)
        ]
        changes, before = [], {}
        for one in formers:
            before[one.province] = self._content["provinces_before"][one.province]
            # Since when the older list was in force nobody wrote down.
            row = {"code": one.code, "name": one.name, "province": one.province}
            communes.append({**row, "from": None, "to": last})
            if one.became != (one.code,):
                changes.append({"old": one.code, "on": began, "new": list(one.became)})
        provinces += [
            {"code": code, "name": name, "from": None, "to": last}
            for code, name in before.items()
        ]
        return {"provinces": provinces, "communes": communes, "changes": changes}


def shipped() -> National:
    """The list in this package; read anew, since few ask and it is not kept."""
    return National(json.loads(_FILE.read_text("utf-8")))
