"""Programs of Python that a blocked test starts."""

from __future__ import annotations

import sys


def python_program(code: str, port: int) -> list[str]:
    """The command of a program that runs `code`, in which `at` is the address of that port."""
    prelude = f"import socket, subprocess, sys, threading; at = ('127.0.0.1', {port}); done = []; "
    return [sys.executable, "-S", "-c", prelude + code]
