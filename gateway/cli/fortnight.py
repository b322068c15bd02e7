"""How the summary of a fortnight is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.cli.show import line, table

if TYPE_CHECKING:
    from gateway.wiring.fortnight_summary import Told

MOST_REFUSED = 10


def shown(told: Told) -> None:
    """Tables by place, agency and cause; the last line is for scripts."""
    table(
        "Hồ sơ đang ở đâu khi hết hai tuần",
        ["Hồ sơ", "Nơi"],
        [(count, place) for place, count in told.places.most_common()],
    )
    table(
        "Trạng thái hiện trên cổng",
        ["Hồ sơ", "Trạng thái"],
        [(count, state) for state, count in told.states.most_common()],
    )
    table(
        "Các cơ quan giả lập, theo sổ của chính họ",
        ["Cơ quan", "Hồ sơ", "Sự cố", "Quên bấm", "Đã nêu", "Chuyện gì với hồ sơ"],
        [
            (
                name,
                *(one.dossiers, one.faults, one.unclicked, one.noticed),
                "\n".join(f"{n} {title}" for title, n in one.courses.most_common()),
            )
            for name, one in told.agencies.items()
        ],
        fixed=5,
    )
    table(
        "Đứng yên, theo nguyên nhân",
        ["Hồ sơ", "Vì sao, đến lượt ai", "Đơn vị"],
        [(n, f"{why} ({turn})", office) for why, office, turn, n in told.causes],
    )
    for number, why in list(told.refused.items())[:MOST_REFUSED]:
        line(f"không được nhận: {number}: {why}")
    line(
        "Quên bấm: xong ở cơ quan, chưa báo đến giờ. Đã nêu: cổng chỉ ra đang đứng yên."
    )
    line(f"Hết hai tuần trong {told.seconds:.0f} giây.")
    faults = sum(one.faults for one in told.agencies.values())
    line(
        f"fortnight: handed_in={told.handed_in} refused={len(told.refused)}"
        f" faults={faults} lost={told.lost} duplicated={told.doubled}"
    )
