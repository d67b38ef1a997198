"""A full client of Microsoft Copilot web chat."""
