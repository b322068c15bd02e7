"""The road to tax by packages on media, as docs/agencies/tax_file.md describes it.

**Settings**: the table ``package`` inside those of the tax mock: ``folder`` (the
shared folder of the sender: tax reads ``di/*.p7m`` and writes into ``ve/``),
``sender_certificates`` (PEM paths: who may sign packages; tax encrypts to the
first), ``senders`` (registered DON_VI_GUI), and, if wanted, ``read_at``
(``["09:00", "15:00"]``, Vietnam time, Monday to Friday), ``schemas``, and
``signing_key``, ``signing_certificate`` and ``ma_cqt`` of an office of its own;
else these are those of the tax mock, as ``issuer_certificates`` are.
``POST /tct/doc-goi`` reads at once.

**Scenario** (table ``[tax_file]`` of a dossier): the keys of ``[tax_portal]``
(see ``mock_portal``) ``answer``, ``reason``, ``notices_after_h``, ``[[notice]]``,
``[question]`` (``days``: 5), ``[adjust]``, ``[withdraw_notice]``, ``pay_after_h``,
``pay_parts``, ``parts_every_h``, ``never_paid``, ``late_interest``, ``bad_row``; and
of its own

* ``slip_error``: a code of codes.toml, [[file]], for the first
  ``slip_error_times`` slips (all);
* ``medium_lost_times``: so many readings pass over each package with a slip or an
  answer of this dossier, as if the medium had been lost;
* ``damaged_times``: so often such a package is answered 20;
* ``package_twice``: a package of tax that tells of this dossier is put down once
  more at the next reading, under the same SO_GOI and another file name.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from gateway.adapters.tax.mock_counter import Request
from gateway.adapters.tax.mock_file_counter import PackageCounter, Published
from gateway.adapters.tax.mock_file_out import WayBack
from gateway.adapters.tax.mock_file_packages import (
    Envelopes,
    NotTaken,
    Reader,
    Writer,
    is_whole,
)
from gateway.adapters.tax.mock_portal_calls import JSON, PortalOffice, Reply
from gateway.adapters.tax.mock_portal_desk import PortalDesk
from gateway.adapters.tax.mock_portal_pushes import seconds_until
from gateway.adapters.tax.mock_portal_slips import SlipFile
from gateway.adapters.tax.mock_portal_tax import TaxAtWork
from gateway.adapters.tax.mock_signatures import Signer, load_all
from gateway.adapters.tax.mock_xml import Schemas

READ_AT = ("09:00", "15:00")
DAYS_TO_ANSWER = 5
_AGENCIES = Path(__file__).resolve().parents[3] / "schemas" / "agencies"


def routes(
    office: PortalOffice,
) -> Iterable[tuple[str, str, Callable[[Request], Awaitable[Reply]]]]:
    """The one address, for trying; from now on tax reads by the clock."""
    rounds = Rounds.open(office)
    office.watch(rounds.look)
    return (("POST", "/tct/doc-goi", rounds.receive),)


@dataclass(frozen=True, slots=True)
class SharedFolder:
    """What is carried: ``di/`` to tax, ``ve/`` back; tax moves nothing of ``di/``."""

    way_out: Path
    way_back: Path

    @classmethod
    def open(cls, folder: Path) -> SharedFolder:
        """Make what is missing."""
        found = cls(folder / "di", folder / "ve")
        for path in (found.way_out, found.way_back):
            path.mkdir(parents=True, exist_ok=True)
        return found

    def names(self) -> set[tuple[str, int]]:
        """Name and time of writing of every package that lies there."""
        found = set()
        for path in self.way_out.glob("[!.]*.p7m"):
            with contextlib.suppress(FileNotFoundError):
                found.add((path.name, path.stat().st_mtime_ns))
        return found

    def carried(self) -> dict[str, bytes | NotTaken]:
        """Every package that is whole, or why a file is none."""
        found: dict[str, bytes | NotTaken] = {}
        for path in sorted(self.way_out.glob("*.p7m")):
            if path.name.startswith(".") or not path.is_file():
                continue
            try:
                if is_whole(path):
                    found[path.name] = path.read_bytes()
            except NotTaken as refused:
                found[path.name] = refused
            except FileNotFoundError:
                # Its sender took it away meanwhile.
                continue
        return found

    def put(self, name: str, raw: bytes) -> None:
        """Put a package down: whole and durable before it has its name."""
        unfinished = self.way_back / f".{name}"
        with unfinished.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self.way_back / name)


@dataclass(frozen=True, slots=True)
class PutDown:
    """A package that tax put down, to be put down once more."""

    number: str
    archive: bytes
    dossiers: list[str]


@dataclass(slots=True)
class Rounds:
    """Tax at its reading hours: takes what was carried, puts down what is new."""

    office: PortalOffice
    folder: SharedFolder
    counter: PackageCounter
    back: WayBack
    writer: Writer
    envelopes: Envelopes
    hours: tuple[tuple[int, int], ...]
    _again: list[PutDown] = field(default_factory=list)
    _read: set[tuple[str, int]] = field(default_factory=set)
    #: files that were read as they lie there: name and time of writing
    _is_planned: bool = False

    @classmethod
    def open(cls, office: PortalOffice) -> Rounds:
        """Read keys, certificates and schemas; make the folders."""
        settings = {**office.settings, **office.settings["package"]}
        package: Mapping[str, Any] = settings["package"]
        own, senders = str(settings["ma_cqt"]), [str(s) for s in package["senders"]]
        schemas = Path(package.get("schemas", _AGENCIES / "tax_file"))
        trusted = load_all(package["sender_certificates"])
        keys = settings["signing_key"], settings["signing_certificate"]
        envelopes = Envelopes.load(*keys, trusted[0])
        xsd = etree.XMLSchema(etree.parse(schemas / "goi.xsd"))
        # §4.2 of the document: a slip is the same whoever brings it.
        desk = PortalDesk(by_sender=False)
        office.shows("Phiếu chuyển đã nhận (gói tin)", desk.seen)
        back = WayBack(office, desk.in_force)
        slips = SlipFile(
            Schemas.load(Path(office.settings.get("schemas", _AGENCIES / "tax"))),
            load_all(settings["issuer_certificates"]),
            TaxAtWork(office, back, days_to_answer=DAYS_TO_ANSWER),
            desk,
        )
        counter = PackageCounter(
            office,
            Reader(envelopes, xsd, trusted, own, frozenset(senders)),
            Published(schemas),
            slips,
            back,
            usual_sender=senders[0],
        )
        return cls(
            office,
            SharedFolder.open(Path(package["folder"])),
            counter,
            back,
            Writer(Signer.load(*keys), own),
            envelopes,
            tuple(_hour(text) for text in package.get("read_at", READ_AT)),
        )

    def look(self) -> None:
        """Wait for the next reading hour if there is anything to read or to tell.

        Without, an hour would pass in which nothing happens; by virtual time there
        would be no end of them.
        """
        lying = self.folder.names()
        news = self._again or self.back.has_news or lying - self._read
        if news and not self._is_planned:
            self._is_planned = True
            wait = seconds_until(self.office.now(), self.hours)
            self.office.after(wait, self._at_the_hour)

    async def _at_the_hour(self) -> None:
        self._is_planned = False
        self.read()
        self.look()

    async def receive(self, _request: Request) -> Reply:
        """Read at once, and tell what was put down."""
        taken, put_down = self.read()
        told = {"da_doc": taken, "goi_ra": put_down}
        return 200, JSON, json.dumps(told, ensure_ascii=False).encode()

    def read(self) -> tuple[int, list[str]]:
        """How many packages were read, and the names of those put down."""
        lying, carried = self.folder.names(), self.folder.carried()
        taken = self.counter.take(carried)
        if taken == len(carried):
            # Else one was passed over as lost, and is there to be read again.
            self._read |= lying
        again, self._again = self._again, []
        names = [name for unit in self.back.units if (name := self._put_down(unit))]
        # Behind what is newer: a package may come twice and late.
        names += [self._put(f"{one.number}.2.p7m", one) for one in again]
        return taken, names

    def _put_down(self, unit: str) -> str:
        """Name of the one package with all that a sender does not know; empty: no news."""
        files, dossiers = self.back.take(unit)
        if not files:
            return ""
        number, archive = self.writer.write(unit, files, self.office.now())
        package = PutDown(number, archive, dossiers)
        scenarios = [self.office.scenario(one, "tax_file") for one in dossiers]
        if any(scenario.get("package_twice", False) for scenario in scenarios):
            self._again.append(package)
        return self._put(f"{number}.p7m", package)

    def _put(self, name: str, package: PutDown) -> str:
        self.folder.put(name, self.envelopes.sealed(package.archive))
        about = package.dossiers[0] if package.dossiers else ""
        self.office.arrived("package_out", about, so_goi=package.number, tep=name)
        return name


def _hour(text: str) -> tuple[int, int]:
    hour, _, minute = text.partition(":")
    return int(hour), int(minute)
