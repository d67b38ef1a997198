"""Copilot's wire protocol as values: no I/O, no clock, nothing but msgspec beneath it."""
