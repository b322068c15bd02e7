"""How a principal's lists were read the last time, kept in the store as one mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.console.language import later, say
from gateway.domain.errors import SenderError, StoreError
from gateway.reconciling.kinds import Side
from gateway.reconciling.mapping import load
from gateway.reconciling.remembering import keepable

if TYPE_CHECKING:
    from gateway.domain.principal import Principal
    from gateway.ports.store import Store
    from gateway.reconciling.reconcile import Reconciliation

_DOUBTED = later(
    "Cách đọc này chưa được nhớ cho lần sau, vì có chỗ đáng ngờ nêu ở trên."
)
_NOT_KEPT = later(
    "Cách đọc này không được nhớ: bảng ánh xạ quá dài, hoặc có tên cột dài hay nhiều"
    " chữ số, có thể là nội dung của hồ sơ. Tải bảng ánh xạ về để dùng lại."
)
_NOT_NOW = later("Lần này cổng chưa nhớ được cách đọc. Tải bảng ánh xạ về để dùng lại.")
_KEPT = later(
    "Cổng đã nhớ cách đọc này cho lần sau: chỉ tên cột và nghĩa của từ trạng thái,"
    " không gì của hồ sơ."
)
_REPLACED = later(
    "Cổng đã nhớ cách đọc này cho lần sau, thay cho bảng trước. Nếu hay đối soát với"
    " nhiều cơ quan, tải bảng ánh xạ của từng cơ quan về giữ."
)


def _name(principal: Principal) -> str:
    return f"reconcile:{principal.id}"


async def recall(store: Store, principal: Principal) -> str:
    """The mapping of the last time; empty: there is none that can still be read."""
    kept = await store.mark(_name(principal)) or ""
    try:
        _ = load(kept) if kept else None
    except SenderError:
        return ""
    return kept


async def remember(
    store: Store, principal: Principal, result: Reconciliation, before: str
) -> tuple[str, str]:
    """Keep how these lists were read, unless it is doubtful.

    Returns what is kept from now on, and what a person is told of it.
    """
    if result.guessed and result.warnings:
        return before, say(_DOUBTED)
    kept = keepable(result.mapping)
    if not kept:
        return before, say(_NOT_KEPT)
    if kept != before:
        try:
            await store.set_mark(_name(principal), kept)
        except StoreError:
            # The comparison is done; a result is not lost for its memory.
            return before, say(_NOT_NOW)
    return kept, say(_REPLACED if result.misfit else _KEPT)


async def forget(store: Store, principal: Principal) -> None:
    """Begin without it the next time."""
    await store.set_mark(_name(principal), "")


def agency_of(kept: str) -> str:
    """Whose list the kept mapping reads, beside the one-stop's."""
    return load(kept).sides[Side.THEIRS].name if kept else ""
