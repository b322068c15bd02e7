"""A sharing platform in front of a land office: it strips, loses, throttles."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME, OFFICE = "lgsp-mau", "land-mau-1"
PLATFORM = f"""
[[platform]]
id = "{NAME}"
name = "Nền tảng chia sẻ dữ liệu tỉnh Mẫu (giả lập)"
kind = "lgsp"
secrets = "{NAME}"
form_from = 2026-03-01
app_name = "Cong lien thong mau"
partner_code = "H00.01"
"""
BEHIND = f"""
[office.platform]
by = "{NAME}"
prefix = "/datdai-mau/1.0"
partner_code_called = "H00.02"

"""
#: The next office in the shipped file.
_NEXT = "# ---- Chi nhánh 2"
#: Of a hundred calls; ``forward_twice`` is left out: what an agency does not recognise
#: is doubled by it, whatever the gateway does.
DOES = (
    ("strip_all_headers", 4),
    ("lose_answer", 3),
    ("token_dies", 2),
    ("throttled", 2),
    ("not_reached", 2),
    ("html_200", 2),
    ("error_500", 2),
)
#: Real seconds that it waits for the agency: longer than the gateway waits for it, and not
#: a minute, during which nothing would be still and time would stand.
WAIT_S = 3.0
#: Calls that are planned for: of each dossier, and whatever happens.
CALLS_EACH, CALLS = 12, 4000


def put_before(config: Path) -> None:
    """Lead the office's messages over the platform."""
    (config / "platforms.toml").write_text(PLATFORM, "utf-8")
    land = config / "agencies" / "land_registry.toml"
    text, mark, rest = land.read_text("utf-8").partition(_NEXT)
    assert mark
    land.write_text(f"{text}{BEHIND}{mark}{rest}", "utf-8")


def rows(seed: int, dossiers: int) -> list[dict[str, Any]]:
    """What it does to which call, the same for the same seed."""
    calls = max(CALLS, CALLS_EACH * dossiers)
    chance = Random(f"{seed}\nplatform")
    kinds = [do for do, percent in DOES for _ in range(percent)]
    return [
        {"platform": NAME, "service": OFFICE, "do": kinds[drawn], "nth": nth}
        for nth in range(1, calls + 1)
        if (drawn := chance.randrange(100)) < len(kinds)
    ]


def met(seed: int, dossiers: int, calls: Mapping[str, int]) -> Counter[str]:
    """What happened of it, ``calls`` being how many of each service arrived."""
    return Counter(
        f"platform_{row['do']}"
        for row in rows(seed, dossiers)
        if row["nth"] <= calls[OFFICE]
    )
