"""Every case for adapters; importing this writes them down."""

from __future__ import annotations

from gateway.conformance import (
    adapter_content_cases,
    adapter_fate_cases,
    adapter_push_cases,
    adapter_sending_cases,
    adapter_slot_cases,
)
from gateway.conformance.adapter_making import CASES

MODULES = (
    adapter_sending_cases,
    adapter_content_cases,
    adapter_fate_cases,
    adapter_push_cases,
    adapter_slot_cases,
)
__all__ = ["CASES", "MODULES"]
