"""``python -m gateway.mockagency`` runs one mock agency."""

from gateway.mockagency.running import main

main()
