"""What two rows about one dossier say that cannot both be true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.reconciling.kinds import ENDED, Standing
from gateway.reconciling.values import phrase

if TYPE_CHECKING:
    from datetime import date

    from gateway.reconciling.kinds import Row
    from gateway.reconciling.sentences import Names

#: Words by which a place is the one-stop's counter.
_COUNTER = ("mot cua", "hanh chinh cong", "tiep nhan va tra ket qua")
#: Words before a name that are no part of it.
_TITLES = frozenset({"ong", "ba", "va", "anh", "chi", "vo", "chong", "co", "ho"})


def paper_days(here: Row, there: Row, day: date) -> int:
    """Days that a dossier is late on paper only.

    The agency was through by the due date, yet the one-stop shows a later end, or
    none at all on ``day``.
    """
    due = here.due or there.due
    if due is None or there.ended is None or there.standing not in ENDED:
        return 0
    # A list that keeps only the day of handing out does not say when it ended.
    if there.ended > due or (here.standing in ENDED and here.handed_out):
        return 0
    # While a dossier waits for the citizen its clock stands still.
    shown = {Standing.OPEN: day, Standing.WAITING: None}.get(
        here.standing or Standing.WAITING, here.ended
    )
    return max((shown - due).days, 0) if shown else 0


def differences(here: Row, there: Row, names: Names) -> tuple[str, ...]:
    """Sentences about days, places and persons that contradict each other."""
    told = [*_days(here, there, names), *_places(here, there, names)]
    if not _same_person(here.applicant, there.applicant):
        told.append(
            "Chủ hồ sơ ghi khác nhau: hai bên kiểm tra có đúng cùng một hồ sơ không."
        )
    return tuple(told)


def _days(here: Row, there: Row, names: Names) -> list[str]:
    told = []
    if here.received and there.received and there.received < here.received:
        told.append(
            f"{names.theirs} ghi tiếp nhận ngày {_day(there.received)}, trước ngày"
            f" {names.ours} tiếp nhận {_day(here.received)}: bên ghi sai sửa lại."
        )
    if here.due and there.due and here.due != there.due:
        told.append(
            f"Ngày hẹn trả khác nhau: {names.ours} {_day(here.due)}, {names.theirs}"
            f" {_day(there.due)}: thống nhất theo giấy hẹn đã giao người nộp."
        )
    if here.ended and there.ended and here.ended < there.ended:
        told.append(
            f"{names.ours} ghi kết thúc ngày {_day(here.ended)}, trước khi"
            f" {names.theirs} xong ngày {_day(there.ended)}: kiểm tra kết quả đã trả."
        )
    if here.received and there.ended and there.ended < here.received:
        told.append(
            f"{names.theirs} ghi xong ngày {_day(there.ended)}, trước ngày"
            f" {names.ours} tiếp nhận {_day(here.received)}: kiểm tra lại mã hồ sơ."
        )
    return told


def _places(here: Row, there: Row, names: Names) -> list[str]:
    """Each says that the other has it, or both say that they have it themselves."""
    both_open = here.standing not in ENDED and there.standing not in ENDED
    same = here.place == there.place
    if not (both_open and here.place and there.place) or same:
        return []
    if _is_counter(here.place) == _is_counter(there.place):
        return []
    told = (
        f"{names.ours} ghi hồ sơ đang ở «{here.place}», {names.theirs} ghi đang ở"
        f" «{there.place}»: gọi nhau xác nhận hồ sơ đang ở đâu."
    )
    return [told]


def _is_counter(place: str) -> bool:
    words = phrase(place)
    return any(known in words for known in _COUNTER)


def _same_person(one: str, other: str) -> bool:
    """Whether two names may be the same person's: one may say more than the other."""
    if one == other:
        return True
    first, second = _names(one), _names(other)
    return not first or not second or first <= second or second <= first


def _names(text: str) -> frozenset[str]:
    return frozenset(phrase(text).split()) - _TITLES


def _day(on: date) -> str:
    return on.strftime("%d/%m/%Y")
