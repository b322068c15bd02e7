"""What ending something by hand would do, in sentences; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.case import LegState, Place
from gateway.domain.message_words import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.domain.transfer import Transfer
    from gateway.intake.outlook import Outlook
    from gateway.routing.catalogue import Catalogue

_ENDS = {
    "finished": "Hồ sơ kết thúc: đã giải quyết xong",
    "refused": "Hồ sơ kết thúc: từ chối",
    "withdrawn": "Hồ sơ kết thúc: rút hồ sơ",
    "closed": "Hồ sơ kết thúc: đóng bằng tay",
}
_STATES = {
    LegState.WAITING: "chưa đến lượt",
    LegState.OPEN: "đang giải quyết",
    LegState.PAUSED: "đang tạm dừng",
}
_PLACES = {
    Place.GATEWAY: "ở cổng",
    Place.AGENCY: "ở cơ quan",
    Place.CITIZEN: "chờ người nộp",
    Place.ISSUER: "ở nơi lập phiếu",
    Place.ONE_STOP: "ở một cửa",
    Place.NOBODY: "",
}


class Namer:
    """Names legs and messages of one dossier."""

    def __init__(
        self,
        catalogue: Catalogue,
        offices: Mapping[str, str],
        transfers: Iterable[Transfer],
    ) -> None:
        """``offices``: of each leg its office."""
        self._catalogue = catalogue
        self._offices = offices
        self._transfers = {str(one.id): one for one in transfers}

    @classmethod
    def of(cls, catalogue: Catalogue, found: Outlook) -> Namer:
        """The namer of what an outlook is about."""
        legs = {one.name: str(one.office) for one in found.after.legs}
        known = (*found.cancels, *found.unsure, *found.held, *found.given_up)
        return cls(catalogue, legs, known)

    def office(self, leg: str) -> str:
        """The name of a leg's office."""
        identifier = self._offices.get(leg, leg)
        return next(
            (
                one.name
                for one in self._catalogue.offices.values()
                if one.id == identifier
            ),
            identifier or "cơ quan chưa xác định",
        )

    def message(self, transfer: Transfer) -> str:
        """A message and where it goes."""
        kind = KINDS.get(transfer.kind, transfer.kind)
        return f"«{kind}» đến {self.office(transfer.leg)}"

    def words(self, token: str) -> str:
        """The sentence of a token of ``Outlook.seen``."""
        what, _, about = token.partition(":")
        match what:
            case "ends":
                return f"Phần việc của {self.office(about)} kết thúc"
            case "starts":
                return f"Phần việc của {self.office(about)} bắt đầu"
            case "stands":
                return self._stands(about)
            case "makes":
                return self._makes(about)
            case "end":
                return _ENDS.get(about, about)
            case _:
                return self._sent(what, about)

    def _stands(self, about: str) -> str:
        leg, _, rest = about.partition(".")
        state, _, place = rest.partition(".")
        told = [_STATES.get(LegState(state), state), _PLACES.get(Place(place), place)]
        return f"Phần việc của {self.office(leg)} {', '.join(filter(None, told))}"

    def _makes(self, about: str) -> str:
        leg, kind, parked = about.split(".", 2)
        what = f"«{KINDS.get(kind, kind)}» đến {self.office(leg)}"
        if parked:
            return (
                f"Lập {what}, chưa gửi: chờ cán bộ xử lý vì không có dữ liệu kèm theo"
            )
        return f"Gửi {what}"

    def _sent(self, what: str, about: str) -> str:
        known = self._transfers.get(about)
        message = self.message(known) if known else "một lượt gửi"
        return {
            "cancels": f"Không gửi nữa: {message}",
            "held": f"Cơ quan đã có {message}: không lấy lại được bằng việc này",
            "given_up": f"Chưa rõ cơ quan có nhận {message} hay không: giữ nguyên như vậy",
        }.get(what, message)


def lines(namer: Namer, seen: Sequence[str]) -> list[str]:
    """What will happen, in order; where things stand before is told elsewhere."""
    return [namer.words(one) for one in seen if not one.startswith("stands:")]


def differences(namer: Namer, was: Sequence[str], now: Sequence[str]) -> str:
    """What is new and what is gone since somebody looked; empty: nothing."""
    come = [namer.words(one) for one in now if one not in was]
    gone = [namer.words(one) for one in was if one not in now]
    told = [
        f"nay: {'; '.join(come)}" if come else "",
        f"không còn: {'; '.join(gone)}" if gone else "",
    ]
    return ". ".join(filter(None, told))
