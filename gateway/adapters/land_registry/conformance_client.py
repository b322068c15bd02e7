"""What VBDLIS does when it tells the one-stop side, by its interface document."""

from __future__ import annotations

from collections.abc import Callable

import gateway.adapters.land_registry.conformance_desk as desk
import gateway.adapters.land_registry.conformance_repeats as repeats
import gateway.adapters.land_registry.conformance_telling as telling
from gateway.adapters.land_registry.conformance_calls import tests_of
from gateway.adapters.land_registry.conformance_vbdlis import VBDLIS
from gateway.conforming import Answering, Incoming, Trial

number_of = desk.number_of
for _shared in (telling, repeats):
    globals().update(tests_of(_shared.__name__, VBDLIS, __name__))


def usual(call: Incoming, t: Trial, _known: Callable[[str], bool]) -> Answering:
    """§2.2: an unknown dossier is stored for a person, and so is answered 1."""
    return desk.usual_of(call, t, VBDLIS)
