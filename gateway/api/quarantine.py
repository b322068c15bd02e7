"""Files that were refused and are shut away: seen, and deleted, by those who look after it.

Nobody is given their content: what a scanner was wrong about its sender sends again,
once the scanner's list is right.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.paging import PAGE
from gateway.api.signin import allowed, fresh
from gateway.domain.errors import NotAllowed, SenderError
from gateway.domain.principal import Right
from gateway.domain.words import words_of
from gateway.watch import quarantine

if TYPE_CHECKING:
    from gateway.domain.principal import Principal
    from gateway.ports.scanning import Quarantined
    from gateway.sealing.tools import Tools

#: By which a file came, in words.
DOORS = {
    "upload": "một cửa tải lên trước",
    "inline": "một cửa gửi trong hồ sơ",
    "form": "một cửa gửi cùng hồ sơ",
    "link": "một cửa nối thẳng",
    "open_upload": "cơ quan tải lên qua giao diện mở",
    "open_report": "cơ quan gửi trong phản hồi qua giao diện mở",
    "report": "cơ quan gửi trong phản hồi",
    "result_link": "cổng tải từ đường dẫn hoặc thư mục của cơ quan",
    "work_list": "cán bộ gửi ở danh sách việc",
    "gateway": "cổng tự lập",
}


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the calls."""

    @routes.get("/quarantine")
    async def get_quarantine(request: Request, before: str = "") -> Response:
        """Tệp đã cách ly vì mã độc, mới nhất trước; không ai lấy được nội dung."""
        await keeper(tools, request, Right.AUDIT)
        rows = await tools.screening.quarantine.quarantined(
            before=moment_of(before), limit=PAGE
        )
        following = rows[-1].last_at.isoformat() if len(rows) == PAGE else None
        return answer({"files": [shown(tools, row) for row in rows], "next": following})

    @routes.get("/quarantine/{identifier}")
    async def get_one(identifier: str, request: Request) -> Response:
        """Một tệp đã cách ly, kèm mã SHA-256 để tra cứu mẫu mã độc."""
        await keeper(tools, request, Right.AUDIT)
        row = await quarantine.one(tools, identifier)
        digest = quarantine.digest_of(tools, row)
        return answer({**shown(tools, row), "sha256": digest})

    @routes.post("/quarantine/{identifier}/delete")
    async def post_delete(identifier: str, request: Request) -> Response:
        """Xóa hẳn một tệp đã cách ly trước thời hạn."""
        principal = await keeper(tools, request, Right.KEYS)
        fresh(tools, principal)
        await quarantine.end(tools, principal, identifier)
        return answer({"id": identifier, "deleted": True})


async def keeper(tools: Tools, request: Request, right: Right) -> Principal:
    """Who looks after security, of all agencies.

    Raises:
        NotAllowed: anybody else.
    """
    principal = await allowed(tools, request, right)
    if principal.scope.offices:
        raise NotAllowed
    return principal


def moment_of(text: str) -> datetime | None:
    """Where a list goes on; None: at its beginning.

    Raises:
        SenderError: it is no moment with a time zone.
    """
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise SenderError(remedy="before là một thời điểm có múi giờ, như trong next.")
    return found


def shown(tools: Tools, row: Quarantined) -> dict[str, Any]:
    """A row in words; nothing of what is in the file."""
    office = tools.versions.current.offices.get(row.by)  # type: ignore[call-overload]
    words = words_of(row.code, {})
    return {
        "id": row.stored.id,
        "code": row.code,
        "words": words.reason,
        "next_action": words.next_action,
        "signature": row.signature,
        "size_bytes": row.stored.size_bytes,
        "door": row.door,
        "door_words": DOORS.get(row.door, row.door),
        "by": row.by,
        "by_name": office.name if office else row.by,
        "dossier_id": row.dossier_id,
        "at": row.at.isoformat(),
        "last_at": row.last_at.isoformat(),
        "times": row.times,
    }
