"""What a new configuration version changes, one line per entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Added, removed and changed entries, named so that a person finds them."""
    old, new = dict(_entries(before)), dict(_entries(after))
    lines = [f"+ {name}" for name in new if name not in old]
    lines += [f"- {name}" for name in old if name not in new]
    lines += [f"~ {name}" for name in new if name in old and old[name] != new[name]]
    return sorted(lines, key=lambda line: line[2:])


def _entries(content: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    for row in content.get("procedures", ()):
        yield f"procedure {row.get('code')}@{row.get('version')}", row
    for row in content.get("rules", ()):
        yield f"rule {row.get('id')}", row
    for agency in content.get("agencies", ()):
        for row in agency.get("office", ()):
            yield f"office {row.get('id')}", row
    for row in content.get("communes", ()):
        yield f"commune {row.get('code')} from {row.get('from')}", row
    for row in content.get("changes", ()):
        yield f"change of commune {row.get('old')} on {row.get('on')}", row
    shared = content.get("national", {}).get("list")
    if shared:
        # Hundreds of rows that nobody here wrote: one line tells that they moved.
        province = content["national"].get("province")
        yield f"national list of communes, province {province}", shared
    for name, row in content.get("calendar", {}).items():
        yield f"calendar {name}", row
