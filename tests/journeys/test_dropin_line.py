"""The gateway comes into the line of an old one-stop, and leaves it, under way."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from gateway.mockagency.faults import Fault
from tests.dropin_line import OFFICE, ONE_STOP, InLine
from tests.journeys.test_dropin import PAPERS_MISSING, step
from tests.journeys.test_dropin_faults import fault, posted
from tests.landlink import Exchange, Run, Stand, opened

NUMBERS = [f"H99.01-260310-{number:04}" for number in range(1, 21)]
OUT = f"/v1/links/{ONE_STOP}/{OFFICE}/out"
IN = f"/v1/links/{ONE_STOP}/{OFFICE}/in"
#: Papers are asked for on the first day, and the end comes after they were brought.
SCRIPT = PAPERS_MISSING + step("KetThucHoSo", on="supplement", after_h=30.0)


def direct_land(here: Stand) -> str:
    return f"{here.land_recorder.base}/vbdlis"


def change_land(here: Stand, base: str) -> None:
    """The vendor changes the one address."""
    here.client.office.settings["landlink"]["land_base"] = base


def change_callbacks(here: Stand, base: str, secret: str) -> None:
    """The land office changes where it calls back."""
    settings = here.land.office.settings
    settings["callback_base"], settings["callback_secret"] = base, secret


def effects_of(run: Run, lines: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    return Counter((line["number"], line["kind"]) for line in lines)
