"""Detectors: which values are secret, by their place, their name or their format."""
