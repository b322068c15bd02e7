"""Births and deaths: DVCLT, where citizens apply, and BTP, where they are registered."""
