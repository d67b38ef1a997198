"""Drift: what a protocol looked like in recordings, and what a newer recording shows of it."""
