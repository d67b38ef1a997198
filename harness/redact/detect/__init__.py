"""Detectors: they find secret values by their place, their name or their format."""
