"""What binds offices to their certificates and signatures, as their entries say it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gateway.api.oauth import SCOPES
from gateway.api.peers import misfits
from gateway.api.signed import MODES, OFF
from gateway.routing.finding import Finding
from gateway.routing.lint import Places
from gateway.validation.assertion import public_key
from gateway.validation.webhook import is_public_key

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from gateway.routing.catalogue import Catalogue, Office

_HASH = re.compile("[0-9a-fA-F]{64}")


def wrongly_bound(
    content: Mapping[str, Any], catalogue: Catalogue
) -> Iterable[Finding]:
    """Hashes, keys and modes that are none: such an office could never call."""
    places = Places(content)
    for office in catalogue.offices.values():
        said = office.settings.get("client_spki", ())
        if any(True for _ in misfits(said)):
            yield Finding(
                places.office(office.id, "client_spki"),
                f"Cơ quan {office.id}: client_spki có phần không phải giá trị băm của khóa",
                'Ghi client_spki = ["sha256:…"] (64 chữ số thập lục phân, hoặc base64).',
            )
        if office.settings.get("callback_signature", OFF) not in MODES:
            yield Finding(
                places.office(office.id, "callback_signature"),
                f"Cơ quan {office.id}: callback_signature không có nghĩa",
                f"Ghi một trong: {', '.join(MODES)}.",
            )
        yield from _clients(office, places)
        if not all(map(is_public_key, office.settings.get("callback_keys", ()))):
            yield Finding(
                places.office(office.id, "callback_keys"),
                f"Cơ quan {office.id}: callback_keys có phần không phải khóa công khai",
                'Ghi callback_keys = ["whpk_…"] (ed25519, 32 byte, base64).',
            )


def _clients(office: Office, places: Places) -> Iterable[Finding]:
    said = office.settings.get("oauth")
    if said is None:
        return
    told = said if isinstance(said, Mapping) else {}
    hashes = [str(one) for one in told.get("secret_sha256", ())]
    keys = list(told.get("keys", ()))
    good = (
        bool(hashes or keys)
        and all(_HASH.fullmatch(one) for one in hashes)
        and all(public_key(one) is not None for one in keys)
        and set(told.get("scopes", SCOPES)) <= set(SCOPES)
    )
    if not good:
        yield Finding(
            places.office(office.id, "oauth"),
            f"Cơ quan {office.id}: mục oauth không dùng được",
            "Ghi secret_sha256 = [64 chữ số thập lục phân] hay keys = [khóa công khai PEM,"
            f" RSA từ 2048 bit], scopes trong {', '.join(SCOPES)}.",
        )
