"""What people closed is kept so that the release before this one reads it."""

from __future__ import annotations

import json
from dataclasses import replace

from gateway.domain.case import BY_HAND, End
from gateway.routing.catalogue import read
from gateway.store.rows import case_of, case_text
from tests.unit.routing.test_progress import T0, a_case, content


def test_a_closed_dossier_is_kept_as_withdrawn_and_read_as_closed() -> None:
    open_case = a_case(read(1, content()).procedures[0])
    told = {"": {"way": "dossier", "at": T0.isoformat()}}
    closed = replace(
        open_case, end=End.CLOSED, ended_at=T0, facts={**open_case.facts, BY_HAND: told}
    )
    kept = json.loads(case_text(closed))
    assert kept["end"] == "withdrawn"
    assert case_of(case_text(closed)) == closed
    # A part alone closes nothing: its dossier was taken back by the applicant.
    part = {"land": {"way": "skip", "at": T0.isoformat()}}
    taken_back = replace(closed, end=End.WITHDRAWN, facts={BY_HAND: part})
    assert case_of(case_text(taken_back)).end is End.WITHDRAWN
