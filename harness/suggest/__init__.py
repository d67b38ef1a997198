"""Suggesting a profile from takes of one session: what varies, what looks secret, what decides; without I/O."""
