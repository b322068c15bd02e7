"""Tokens of the mock profile: one per role, the one-stop for its own dossiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.api.signin import token_hash
from gateway.domain.identifiers import PrincipalId
from gateway.domain.principal import EVERYTHING, Principal, Role, Scope
from gateway.settings import Profile
from gateway.wiring.keys import MOCK_TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.routing.catalogue import Catalogue
    from gateway.sealing.tools import Tools
    from gateway.settings import Settings
    from gateway.wiring.secrets import Secrets

#: Folder of adapters whose offices have an officer at a list.
MANUAL = "manual"
_PEOPLE = {
    Role.ADMINISTRATOR: "Quản trị (giả lập)",
    Role.OPERATOR: "Vận hành (giả lập)",
    Role.HEAD: "Lãnh đạo trung tâm (giả lập)",
    Role.READER: "Chỉ xem (giả lập)",
}


async def grant_mock_tokens(tools: Tools, settings: Settings, secrets: Secrets) -> None:
    """Let the generated tokens open the gateway; in another profile: nothing."""
    if settings.profile is not Profile.MOCK:
        return
    if await tools.store.mark(MOCK_TOKENS) is None:
        await tools.store.set_mark(MOCK_TOKENS, tools.clock.now().isoformat())
    for principal, name in _principals(tools.versions.current):
        await tools.store.set_principal(principal, token_hash(secrets.value(name)))


def _principals(catalogue: Catalogue) -> Iterator[tuple[Principal, str]]:
    """Each with the name of its token."""
    for role, name in _PEOPLE.items():
        person = Principal(PrincipalId(role.value), name, role, EVERYTHING)
        yield person, f"token.{role.value}"
    offices = catalogue.offices.values()
    for sender in [one.id for one in offices if one.agency == "one_stop"][:1]:
        yield (
            Principal(
                PrincipalId(sender),
                "Một cửa (giả lập)",
                Role.ONE_STOP,
                Scope(sender=sender),
                sender,
            ),
            "token.one_stop",
        )
    for office in offices:
        if office.speaks == MANUAL:
            officer = Principal(
                PrincipalId(f"officer:{office.id}"),
                f"Cán bộ {office.name}",
                Role.OFFICER,
                Scope(),
                office=office.id,
            )
            yield officer, f"{office.id}.officer"
