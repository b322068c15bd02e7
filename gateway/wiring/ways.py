"""How offices are reached, by what is configured, and how far their interfaces are proved."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.domain.errors import NeedsConfiguration
from gateway.ports.ways import Proved, Road, Ways, WayTold
from gateway.wiring.lately import Lately

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.identifiers import OfficeId
    from gateway.registry.grades import Checked, Conformed
    from gateway.registry.manifest import Manifest
    from gateway.routing.catalogue import Office
    from gateway.routing.versions import Versions
    from gateway.wiring.adapters import WiredAdapters


class WiredWays(Ways):
    """Reads the running configuration, and what checks have left in the folder of runs."""

    def __init__(self, adapters: WiredAdapters, versions: Versions) -> None:
        """Ask nobody yet."""
        self._adapters = adapters
        self._versions = versions
        self._proved: Lately[list[Proved]] = Lately()

    def way(self, office: OfficeId) -> WayTold:
        """By what the office's adapter was lent."""
        found = self._versions.current.offices.get(office)
        if found is None:
            return WayTold(Road.NONE)
        try:
            return self._way(found)
        except NeedsConfiguration:
            return WayTold(Road.NONE)

    def _way(self, office: Office) -> WayTold:
        adapter = self._adapters.of(office.id)
        if adapter.desk is not None:
            return WayTold(Road.LIST)
        if "sftp" in office.settings:
            return WayTold(Road.SFTP, str(office.settings["sftp"].get("host", "")))
        if adapter.inbox is not None:
            return WayTold(Road.FOLDER)
        if adapter.caller is not None and not adapter.caller.pushed:
            return WayTold(Road.FETCHED)
        host = urlsplit(self._adapters.place(office).split(" ")[0]).hostname or ""
        said = office.settings.get("platform")
        if said is None:
            return WayTold(Road.DIRECT, host)
        platform = self._versions.current.platforms.get(str(said.get("by")), {})
        return WayTold(Road.PLATFORM, host, str(platform.get("name", said.get("by"))))

    async def proved(self, office: OfficeId) -> Sequence[Proved]:
        """The interfaces of its folder; reading them blocks, so it is done beside."""
        found = self._versions.current.offices.get(office)
        if found is None:
            return []
        folder = found.speaks
        return await self._proved.of(folder, lambda: _proved(folder))


def _proved(folder: str) -> list[Proved]:
    # Kits and cases are needed by nobody else here.
    from gateway.wiring import conforming, trying  # noqa: PLC0415

    try:
        manifests = trying.interfaces(folder)
    except ValueError:
        return []
    found = []
    for one in manifests:
        grade, missing, checks = trying.graded(one)
        kept = conforming.kept(one)
        runs = kept.runs if kept is not None else ()
        system = checks.get("system")
        proofs = [_proof(run, fresh=run.hash == kept.hash) for run in runs if kept]
        if system is not None:
            proofs.append(_proof(system, fresh=not missing))
        found.append(_told(one, grade.value, missing, proofs))
    return found


def _told(
    one: Manifest, grade: str, missing: Sequence[str], proofs: Sequence[str]
) -> Proved:
    return Proved(one.interface, one.name, one.document, grade, missing, proofs)


def _proof(run: Checked | Conformed, *, fresh: bool) -> str:
    """Where, when and by whom; what was changed since is said."""
    stale = "" if fresh else " (đã cũ: giao diện đổi sau lần thử)"
    return f"{run.against}, {run.at:%d/%m/%Y}, {run.by}{stale}"
