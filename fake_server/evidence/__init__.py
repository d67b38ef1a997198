"""The evidence for the fake: for each of its behaviours, the paragraph of docs/protocol.md, and how sure that is."""

from fake_server.evidence.model import Evidence, Group
from fake_server.evidence.table import EVIDENCE, UnknownWordError, find, search

__all__ = ["EVIDENCE", "Evidence", "Group", "UnknownWordError", "find", "search"]
