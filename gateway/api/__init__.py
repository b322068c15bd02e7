"""Entry point: HTTP for one-stop systems, agencies and operators."""
