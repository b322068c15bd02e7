"""``python -m gateway`` is the command ``lienthong``."""

from gateway.cli import main

main()
