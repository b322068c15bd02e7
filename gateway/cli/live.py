"""How mock mode shows its dossiers moving: one line each, fitted to the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from gateway.console import show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from rich.console import RenderableType

#: Lines around the rows: address, token, time, headings, a blank, what is left out.
FRAME_LINES = 6
_ENDED = {"finished": "green"} | dict.fromkeys(
    ("refused", "withdrawn", "closed"), "yellow"
)


@dataclass(frozen=True, slots=True)
class Progress:
    """What stays the same above the rows."""

    address: str
    token: str
    hours_per_second: float

    def view(
        self, rows: Sequence[Mapping[str, Any]], now: datetime, height: int
    ) -> RenderableType:
        """The whole screen; never higher than ``height``, never wider than its lines.

        Where not all rows have room, those under way stay and the rest is counted.
        """
        room = max(height - FRAME_LINES, 1)
        ordered = sorted(rows, key=lambda row: bool(row["end"]))
        kept = ordered[:room] if len(rows) > room else list(rows)
        left = len(rows) - len(kept)
        below = f"… và {left} hồ sơ nữa, xem trên trang" if left else ""
        ended = sum(bool(row["end"]) for row in rows)
        head = (
            f"Giờ ảo {show.moment(now)} (1 giây = {self.hours_per_second:.0f} giờ) ·"
            f" {ended}/{len(rows)} đã kết thúc · Ctrl-C để dừng"
        )
        return Group(
            _line(f"Trang theo dõi: {self.address}/", "bold"),
            _line(f"Mã truy cập: {self.token}"),
            _line(head),
            self._table(kept),
            _line(below, "dim"),
        )

    @staticmethod
    def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
        table = Table(box=None, pad_edge=False, header_style="dim", expand=True)
        # Only the last column gives way in a narrow terminal.
        table.add_column("Mã hồ sơ", no_wrap=True, min_width=_widest(rows, "number"))
        table.add_column(
            "Trạng thái", no_wrap=True, min_width=_widest(rows, "portal_text")
        )
        table.add_column("Hồ sơ đang ở", no_wrap=True, overflow="ellipsis", ratio=1)
        for row in rows:
            where = ", ".join(dict.fromkeys(row["places"])) or "–"
            table.add_row(
                Text(str(row["number"])),
                Text(str(row["portal_text"]), style=_ENDED.get(str(row["end"]), "")),
                Text(where),
            )
        return table


def _widest(rows: Sequence[Mapping[str, Any]], key: str) -> int:
    return max((len(str(row[key])) for row in rows), default=0)


def _line(text: str, style: str = "") -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")
