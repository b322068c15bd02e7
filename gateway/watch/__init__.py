"""Clocks, silence, evidence: what sees to it that nothing stands still unseen."""
