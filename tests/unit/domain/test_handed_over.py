"""What becomes of a dossier's content once its counter accepts it, or it comes anew."""

from __future__ import annotations

import copy
from typing import Any

from gateway.domain.handed_over import accepted_by, renewed_by

CAME: dict[str, Any] = {
    "procedure": "1.999031",
    "case": "2.999201",
    "linked_number": "G22.99.01-260310-0001",
    "received_at": "2026-03-10T07:15:00+07:00",
    "units": {"intake": "H00.103", "decision": "dvclt-mau"},
    "area": {"commune": "99103", "as_of": "2026-03-10"},
    "applicant": {"name": "Trần Thị Mẫu", "phone": "0900000001"},
    "birth": {"child": {"name": "Nguyễn Văn Ví Dụ", "born_on": "2026-03-02"}},
    "documents": [
        {
            "name": "Giấy chứng sinh",
            "code": "GCS",
            "files": [{"name": "gcs.pdf", "sha256": "ab12", "source_id": 801}],
        }
    ],
    "extension": {"dvclt": {"id": 70001}},
}
SENT: dict[str, Any] = {
    "number": "H00.103-260310-0001",
    "linked_number": "G22.99.01-260310-0001",
    "procedure": "1.999031",
    "received_at": "2026-03-10T08:20:00+07:00",
    "units": {"intake": "H00.103"},
    "area": {"commune": "99103"},
    "applicant": {"name": "Trần Thị Mẫu Sửa"},
}


def test_the_counters_word_goes_before_what_came_and_leaves_the_rest() -> None:
    document = accepted_by(CAME, SENT)
    assert document["number"] == "H00.103-260310-0001"
    assert document["applicant"] == {"name": "Trần Thị Mẫu Sửa", "phone": "0900000001"}
    assert document["birth"] == CAME["birth"]
    assert document["extension"] == CAME["extension"]


def test_what_is_the_counters_alone_is_never_taken_from_elsewhere() -> None:
    sent = {k: v for k, v in SENT.items() if k != "received_at"}
    document = accepted_by(CAME, sent)
    assert "received_at" not in document
    assert "case" not in document
    assert document["units"] == {"intake": "H00.103"}


def test_papers_that_came_stay_where_the_counter_names_none() -> None:
    assert accepted_by(CAME, SENT)["documents"] == CAME["documents"]


def test_a_paper_that_came_is_known_again_by_its_file() -> None:
    papers = [
        {"name": "Chứng sinh", "files": [{"name": "a.pdf", "sha256": "AB12"}]},
        {"name": "Tờ khai", "files": [{"name": "b.pdf", "sha256": "cd34"}]},
    ]
    first, second = accepted_by(CAME, {**SENT, "documents": papers})["documents"]
    assert (first["code"], first["files"][0]["source_id"]) == ("GCS", 801)
    assert "code" not in second
    assert "source_id" not in second["files"][0]


def test_what_comes_anew_takes_the_place_of_what_came() -> None:
    accepted = accepted_by(CAME, SENT)
    anew = copy.deepcopy(CAME)
    anew["birth"]["child"]["name"] = "Nguyễn Văn Ví Dụ Sửa"
    anew["extension"]["dvclt"]["id"] = 90001
    document = renewed_by(accepted, anew)
    assert document["birth"] == anew["birth"]
    assert document["extension"] == {"dvclt": {"id": 90001}}
    assert document["number"] == SENT["number"]
    assert document["received_at"] == SENT["received_at"]
    assert document["units"] == SENT["units"]


def test_papers_that_the_counter_added_stay_when_the_others_come_anew() -> None:
    own = {"name": "Biên bản", "files": [{"name": "c.pdf", "sha256": "ef56"}]}
    accepted = accepted_by(CAME, {**SENT, "documents": [*CAME["documents"], own]})
    anew = copy.deepcopy(CAME)
    anew["documents"][0]["files"][0]["sha256"] = "9999"
    assert renewed_by(accepted, anew)["documents"] == [*anew["documents"], own]


def test_a_dossier_of_the_counters_own_is_only_completed() -> None:
    own = {**SENT, "applicant": {"name": "Trần Thị Mẫu Sửa"}}
    document = renewed_by(own, CAME)
    assert document["applicant"] == {"name": "Trần Thị Mẫu Sửa", "phone": "0900000001"}
    assert document["birth"] == CAME["birth"]
    assert document["documents"] == CAME["documents"]


def test_nothing_that_was_given_is_changed() -> None:
    came, sent = copy.deepcopy(CAME), copy.deepcopy(SENT)
    renewed_by(accepted_by(came, sent), came)
    assert (came, sent) == (CAME, SENT)
