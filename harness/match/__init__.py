"""Compares what a client sends with what was recorded, field by field. Knows no service."""
