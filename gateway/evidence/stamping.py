"""Has roots stamped by a service outside, the oldest first; nothing waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.alert import Holding, Severity
from gateway.domain.errors import StoreError
from gateway.ports.evidence import NotStamped
from gateway.ports.nodes import SEAL
from gateway.watch.channels import at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from gateway.domain.evidence import Root
    from gateway.ports.evidence import Stamper
    from gateway.ports.nodes import Duties
    from gateway.sealing.tools import Tools

#: Kinds of alerts.
TIMESTAMP, EVIDENCE_KEY = "timestamp", "evidence_key"
#: Real seconds between two looks, and at most after a service did not answer.
EVERY_S, AT_MOST_S = 10.0, 900.0
AT_ONCE = 20


class StampLoop:
    """Asks one service, a root after the other; goes on where it was after an outage."""

    def __init__(self, tools: Tools, stamper: Stamper, duties: Duties) -> None:
        """Nothing is asked before ``run``."""
        self._tools = tools
        self._stamper = stamper
        self._duties = duties

    async def run(self) -> None:
        """Go on until cancelled."""
        wait = EVERY_S
        while True:
            await self._tools.clock.rest(wait)
            try:
                if self._duties.holds(SEAL):
                    await self.look()
                wait = EVERY_S
            except NotStamped as error:
                wait = min(wait * 2, AT_MOST_S)
                self._tools.probe.trouble("evidence.stamper", error)
            except StoreError as error:
                self._tools.probe.trouble("evidence.stamper", error)

    async def look(self) -> int:
        """Stamp what has no timestamp yet; how many.

        Raises:
            NotStamped: the service gave none; what was stamped before stays.
        """
        roots = await self._tools.evidence.unstamped_roots(AT_ONCE)
        for root in roots:
            await self._tools.evidence.keep_stamp(await self._stamper.stamp(root))
        return len(roots)


def stamps_missing(
    oldest: Sequence[Root], now: datetime, limit: timedelta
) -> Iterator[Holding]:
    """That the oldest root without a timestamp waits for longer than the limit."""
    for root in oldest:
        if now - root.at >= limit:
            yield Holding(
                kind=TIMESTAMP,
                subject="roots",
                severity=Severity.WARNING,
                since=root.at,
                reason=f"Chưa lấy được dấu thời gian cho nhật ký từ {at(root.at)}; việc"
                " tiếp nhận, gửi hồ sơ không bị ảnh hưởng",
                next_action="Kiểm tra timestamp_url và chứng thư trong [evidence], hỏi"
                " đơn vị cung cấp dấu thời gian; cổng tự lấy bù.",
            )


def no_key(now: datetime) -> Holding:
    """That nothing can be signed here."""
    return Holding(
        kind=EVIDENCE_KEY,
        subject="key",
        severity=Severity.WARNING,
        since=now,
        reason="Không có khóa ký bằng chứng dùng được: nhật ký vẫn được niêm phong nhưng"
        " không được ký, không lấy được gói bằng chứng",
        next_action="Chạy lienthong key evidence-new trên máy chạy cổng; nếu tệp"
        " keys/evidence.json bị mất, lấy lại từ bản sao lưu khóa.",
    )
