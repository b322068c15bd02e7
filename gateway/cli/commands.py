"""The command line as one tree; nearly each command is a call of the API and a table."""

from __future__ import annotations

import typer

from gateway.cli import (
    agencies,
    alerts,
    areas,
    backups,
    bulk,
    calendar,
    chases,
    conformance,
    contacts,
    contests,
    dossiers,
    dropin,
    figures,
    files,
    keys,
    lanes,
    maintenance,
    mock,
    nodes,
    officers,
    packages,
    papers,
    processes,
    proposals,
    reconciling,
    recording,
    reports,
    routes,
    steering,
    stores,
    stuck,
    transfers,
    watchdog,
)

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
    maintenance,
    calendar,
    alerts,
    dropin,
    chases,
    contests,
    stuck,
    contacts,
    officers,
    steering,
    reconciling,
    proposals,
    keys,
    stores,
    backups,
    nodes,
    processes,
    mock,
    watchdog,
):
    part.add_to(app)


def main() -> None:
    """Run the command line."""
    app()
