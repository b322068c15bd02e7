"""The condition that somebody put something off, and nothing has happened since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.store.rows import stamp

if TYPE_CHECKING:
    from gateway.ports.overview import Narrowed


def put_off(since: str) -> str:
    """Of dossier ``d``, whose thing stands still since ``since``; takes the moment now."""
    return (
        "EXISTS (SELECT 1 FROM note AS z WHERE z.dossier_id = d.id"  # noqa: S608  constants
        " AND z.kind = 'postponed' AND z.ended_at IS NULL AND z.until > ?"
        f" AND z.version = d.version AND z.at >= {since})"
    )


def narrowed(asked: Narrowed, since: str) -> tuple[str, tuple[int, ...]]:
    """What a list leaves out for it, as a condition with its values."""
    if asked.now is None:
        return "", ()
    words = put_off(since) if asked.put_off else f"NOT {put_off(since)}"
    return f" AND {words}", (stamp(asked.now),)
