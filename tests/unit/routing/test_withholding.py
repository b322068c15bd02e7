"""A leg sees the fields that are named for it; everything else is absent."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.routing.withholding import released

DOCUMENT: dict[str, Any] = {
    "number": "H00.01-260310-000001",
    "applicant": {
        "name": "Nguyễn Văn Mẫu",
        "identity": {"kind": "cccd", "number": "9"},
    },
    "parcels": [{"number": "1", "sheet": "7"}, {"number": "2"}, "thửa"],
    "note": "riêng",
}


@pytest.mark.parametrize(
    ("paths", "seen"),
    [
        ((), {}),
        (("number", "absent", "applicant.absent"), {"number": DOCUMENT["number"], "applicant": {}}),
        (("applicant.name",), {"applicant": {"name": "Nguyễn Văn Mẫu"}}),
        (
            ("applicant.identity.number", "applicant.name"),
            {"applicant": {"identity": {"number": "9"}, "name": "Nguyễn Văn Mẫu"}},
        ),
        (("parcels",), {"parcels": DOCUMENT["parcels"]}),
        (
            ("parcels.number", "parcels.sheet"),
            {"parcels": [{"number": "1", "sheet": "7"}, {"number": "2"}, {}]},
        ),
        (("note.deeper",), {}),
    ],
)  # fmt: skip
def test_only_what_is_named_is_seen(
    paths: tuple[str, ...], seen: dict[str, Any]
) -> None:
    assert released(DOCUMENT, paths) == seen


@pytest.mark.parametrize(
    "paths", [("applicant", "applicant.name"), ("applicant.name", "applicant")]
)
def test_a_whole_block_outdoes_a_field_of_it(paths: tuple[str, ...]) -> None:
    assert released(DOCUMENT, paths) == {"applicant": DOCUMENT["applicant"]}
