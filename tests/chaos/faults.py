"""What goes wrong at agencies and platforms in a chaos run: an ordinary fault plan."""

from __future__ import annotations

from typing import Any

#: In place of the work, and how many of a hundred calls.
BEFORE = (
    ("error_500_before", 1),
    ("error_503_retry_after", 1),
    ("reset_before", 1),
    ("half_close", 1),
    ("black_hole", 1),
    ("html_200", 1),
    ("empty_200", 1),
)
#: After the work.
AFTER = (
    ("lose_answer", 3),
    ("half_answer", 1),
    ("reset_in_body", 1),
    ("error_500_after", 1),
    ("html_after", 1),
    ("answer_twice", 1),
)
#: Operations whose messages must take effect once.
SENT = {
    "land_registry": ("hand_over", "paid", "result_handed", "supplement", "withdraw"),
    "tax": ("slip_new", "slip_replace"),
    "electricity": ("hand_over", "paper", "supplement", "withdraw"),
    "civil_registry": ("btp_push", "btp_register", "dvclt_status"),
    "one_stop": ("status",),
}
#: What agencies call the gateway with.
CALLED = {
    "land_registry": ("progress",),
    "electricity": ("CapNhatTienDo",),
}
OF_CALLS = (("duplicate_call", 4), ("swap_with_next_call", 3), ("late_call", 2))
#: By the wall: how late, and how long at most a call waits for the one after it.
WAITS_S = {"late_call": 1800, "swap_with_next_call": 7200}


def rows() -> list[dict[str, Any]]:
    """The whole plan, percentages by seed."""
    return [
        *_sent(),
        *_called(),
        *(_flaps(agency) for agency in ("land_registry", "electricity", "one_stop")),
    ]


def _sent() -> list[dict[str, Any]]:
    return [
        {
            "agency": agency,
            "operation": operation,
            "do": do,
            "percent": percent,
            "times": 3,
            **({"seconds": 120} if do == "error_503_retry_after" else {}),
        }
        for agency, operations in SENT.items()
        for operation in operations
        for do, percent in (*BEFORE, *AFTER)
    ]


def _called() -> list[dict[str, Any]]:
    return [
        {
            "agency": agency,
            "operation": operation,
            "do": do,
            "percent": percent,
            **({"seconds": WAITS_S[do]} if do in WAITS_S else {}),
        }
        for agency, operations in CALLED.items()
        for operation in operations
        for do, percent in OF_CALLS
    ]


def _flaps(agency: str) -> dict[str, Any]:
    """Away for some minutes of the wall, again and again."""
    return {
        "agency": agency,
        "operation": "*",
        "do": "reset_before",
        "every": True,
        "hours": [f"{hour:02d}:40–{hour:02d}:52" for hour in range(24)],
    }
