"""What binds offices to their certificates and signatures, as their entries say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.api.peers import misfits
from gateway.api.signed import MODES, OFF
from gateway.routing.finding import Finding
from gateway.routing.lint import Places
from gateway.validation.webhook import is_public_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from gateway.routing.catalogue import Catalogue


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
        if not all(map(is_public_key, office.settings.get("callback_keys", ()))):
            yield Finding(
                places.office(office.id, "callback_keys"),
                f"Cơ quan {office.id}: callback_keys có phần không phải khóa công khai",
                'Ghi callback_keys = ["whpk_…"] (ed25519, 32 byte, base64).',
            )
