"""The command ``lienthong``: a client of the API, and what starts the processes."""

import sys


def main() -> None:
    """Run the command line; Ctrl-C while it is still being read in is no traceback."""
    try:
        from gateway.cli.commands import main as run  # noqa: PLC0415
    except KeyboardInterrupt:
        sys.exit(130)
    run()


__all__ = ["main"]
