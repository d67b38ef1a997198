"""Recordings for people to look at."""
