"""What the explanation of a route says of a code that was used again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from gateway.api.explaining import _meant_before
from gateway.routing.catalogue import Catalogue, read
from gateway.routing.communes import read_areas

TODAY = date(2026, 3, 10)
EMPTY: Catalogue = read(1, {})
CATALOGUE = replace(
    EMPTY,
    areas=read_areas(
        {
            "communes": [
                {"code": "99001", "name": "Xã Xưa", "from": None, "to": "2025-06-30"},
                {"code": "99001", "name": "Xã Nay", "from": "2025-07-01"},
                {"code": "99002", "name": "Xã Giữ", "from": None, "to": "2025-06-30"},
                {"code": "99002", "name": "Xã Giữ", "from": "2025-07-01"},
            ]
        }
    ),
)
OTHER = [{"name": "Xã Xưa", "until": "2025-06-30"}]


@pytest.mark.parametrize(
    ("area", "told"),
    [
        ({"commune": "99001"}, OTHER),
        ({"commune": "99001", "as_of": "2026-01-01"}, []),
        ({"commune": "99002"}, []),
        ({"commune": "99999"}, []),
        (None, []),
    ],
)
def test_what_a_code_meant_before_is_told_where_the_dossier_does_not_say_of_when(
    area: Any, told: list[dict[str, str]]
) -> None:
    document = {} if area is None else {"area": area}
    assert _meant_before(CATALOGUE, document, TODAY) == told
