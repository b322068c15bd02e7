"""The command line as one tree; nearly each command is a call of the API and a table."""

from __future__ import annotations

import gc
from importlib.metadata import version
from typing import Annotated

import typer

from gateway.cli import (
    access,
    accounts,
    agencies,
    alerts,
    areas,
    backups,
    bulk,
    calendar,
    chases,
    checks,
    conformance,
    contacts,
    contests,
    diagnostics,
    dossiers,
    dropin,
    evidence,
    figures,
    files,
    journal,
    keys,
    lanes,
    maintenance,
    mock,
    nodes,
    officers,
    packages,
    papers,
    parsing,
    person,
    processes,
    proposals,
    quarantine,
    reconciling,
    recording,
    relay,
    reports,
    retention,
    routes,
    steering,
    stores,
    stuck,
    transfers,
    upgrade,
    watchdog,
)

#: New objects before a look for garbage: what is imported stays, and to look through it
#: again and again costs a tenth of a start.
COLLECT_AFTER = 50_000

app = typer.Typer(
    no_args_is_help=True,
    help="Cổng liên thông: dòng lệnh.",
    pretty_exceptions_enable=False,  # tracebacks with locals would show personal data
    add_completion=False,
)
for part in (
    dossiers,
    figures,
    files,
    papers,
    packages,
    transfers,
    bulk,
    reports,
    routes,
    areas,
    agencies,
    conformance,
    recording,
    lanes,
    checks,
    maintenance,
    calendar,
    alerts,
    journal,
    dropin,
    chases,
    contests,
    stuck,
    contacts,
    officers,
    steering,
    reconciling,
    proposals,
    access,
    accounts,
    keys,
    retention,
    quarantine,
    person,
    stores,
    backups,
    nodes,
    processes,
    relay,
    upgrade,
    diagnostics,
    mock,
    watchdog,
):
    part.add_to(app)
evidence.add_to(app, dossiers.dossier, keys.key)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lienthong {version('lienthong-gateway')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_tell_version,
            is_eager=True,
            help="Bản phát hành này là bản nào.",
        ),
    ] = False,
) -> None:
    """Cổng liên thông: dòng lệnh."""


def main() -> None:
    """Run the command line."""
    gc.set_threshold(COLLECT_AFTER)
    parsing.run(app)
