"""Drift: how a service's protocol differs from older recordings of it."""
