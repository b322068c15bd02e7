"""The gateway moves dossiers between the one-stop system and the agencies.

intake accepts a dossier, routing says which agency gets which message,
delivery sends it, receipts takes the answers in, watch sees what stands still.
Everything that touches the world implements a port; only ``wiring`` knows both.
"""
