"""Whether what a client does now is what was recorded, and if not, in which fields it differs. Knows no service."""
