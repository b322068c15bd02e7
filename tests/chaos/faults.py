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
#: Messages that count twice where they come twice, and how often their answer is lost
#: on the way, or trickles: so long they are under way, and the work is done.
COUNT_TWICE = {
    "tax": ("slip_new", "slip_replace"),
    "land_registry": ("result_wrong",),
}
AT_RISK = (("lose_answer", 12), ("slow_drip", 30))
BYTES_PER_S = 300
#: Answers after which a person has to act, while the next message already waits.
PARKS = (
    {"agency": "civil_registry", "operation": "dvclt_status", "status": 413},
    {"agency": "one_stop", "operation": "status", "status": 403},
)
#: Operations whose messages must take effect once.
SENT = {
    "land_registry": (
        *("hand_over", "paid", "result_handed", "result_wrong"),
        *("supplement", "withdraw"),
    ),
    "tax": ("slip_new", "slip_replace"),
    "electricity": ("hand_over", "paper", "supplement", "withdraw"),
    "civil_registry": ("btp_push", "btp_register", "dvclt_status"),
    "one_stop": ("status",),
}
#: What agencies call the gateway with.
CALLED = {
    "land_registry": ("progress", "supplement_request"),
    "electricity": ("CapNhatTienDo",),
}
OF_CALLS = (("duplicate_call", 4), ("swap_with_next_call", 12), ("late_call", 6))
#: By the wall: how late, and how long at most a call waits for the one after it.
WAITS_S = {"late_call": 3600, "swap_with_next_call": 7200}


def rows() -> list[dict[str, Any]]:
    """The whole plan, percentages by seed."""
    return [
        *_sent(),
        *_at_risk(),
        *({**one, "do": "status", "percent": 12, "times": 1} for one in PARKS),
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


def _at_risk() -> list[dict[str, Any]]:
    return [
        {
            "agency": agency,
            "operation": operation,
            "do": do,
            "percent": percent,
            "times": 2,
            **({"bytes_per_s": BYTES_PER_S} if do == "slow_drip" else {}),
        }
        for agency, operations in COUNT_TWICE.items()
        for operation in operations
        for do, percent in AT_RISK
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
