"""Blocks the network for tests: Python's sockets, libcurl, and started processes (docs/network-block.md)."""

from harness.netblock.active import exempt_this_thread, exempted
from harness.netblock.blocking import blocked
from harness.netblock.errors import NetworkBlockedError
from harness.netblock.rules import Allowed, Block

__all__ = ["Allowed", "Block", "NetworkBlockedError", "blocked", "exempt_this_thread", "exempted"]
