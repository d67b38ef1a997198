"""Compares what a client sends with what was recorded, field by field, for any service."""
