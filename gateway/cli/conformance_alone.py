"""The conformance kit as a program of its own, for machines that have nothing else of ours.

``python -m gateway.cli.conformance_alone``: what ``lienthong conformance`` does.
"""

from __future__ import annotations

from gateway.cli.conformance import conformance


def main() -> None:
    """Run a command."""
    conformance(prog_name="thu-ket-noi")


if __name__ == "__main__":
    main()
