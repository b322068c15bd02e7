"""The command ``lienthong``: a client of the API, and what starts the processes."""

from gateway.cli.commands import main

__all__ = ["main"]
