"""Marks of facts on papers."""

from __future__ import annotations

#: Marks a fact that may be empty without anything missing on the paper.
MAY_LACK = "may_lack"
