"""``python -m gateway.mockagency`` runs one mock agency."""

from gateway.mockagency.server import main

main()
