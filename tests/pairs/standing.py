"""Where each party of a pair stood when a step went wrong: what a failure says, so that it need not be seen twice."""

import contextlib
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

WIRETAPE = Path(sys.executable).with_name("wiretape")
SERVER_LOG, CLIENT_LOG, STATE = "server.log", "client.log", "state"
_STATES = {"01": "open", "08": "ended by the other side", "04": "ended", "05": "ended", "0A": "listening"}
_COLUMNS = 150


def told(folder):
    """The cassettes of that folder as timelines, and what server and client said last."""
    for journal in (folder / STATE).rglob("*.journal"):
        # A recording that was killed before it had written its cassette.
        _said([WIRETAPE, "recover", journal, "-o", folder / f"{journal.stem}.yaml"], folder)
    parts = [
        (path.name, _said([WIRETAPE, "show", "--width", _COLUMNS, path], folder))
        for path in sorted(folder.glob("*.yaml"))
    ]
    for name, characters in ((SERVER_LOG, 3000), (CLIENT_LOG, 2500)):
        if (folder / name).exists():
            parts.append((name, (folder / name).read_text(errors="replace")[-characters:]))
    return "".join(f"\n--- {name}\n{text.strip() or '(empty)'}" for name, text in parts)


def connections(home):
    """The TCP sockets of the programs whose variable HOME is that folder: bytes that wait show who did not go on.

    Ask while they still run.
    """
    owners = _owners(home)
    lines = [
        f"{owners[inode]}: {local} - {remote}, {state}, {unsent} bytes unsent, {unread} unread"
        for inode, local, remote, state, unsent, unread in _sockets()
        if inode in owners
    ]
    return "\n--- connections\n" + ("\n".join(sorted(lines)) or "(none)")


def _said(command, folder):
    """The last of what a command printed; recordings are looked for in that folder only."""
    environment = os.environ | {"XDG_STATE_HOME": str(folder / STATE)}
    how = {"capture_output": True, "text": True, "errors": "replace", "timeout": 60}
    try:
        done = subprocess.run([str(each) for each in command], env=environment, check=False, **how)
    except subprocess.TimeoutExpired:
        return f"{command[1]} was not over after a minute"
    return (done.stdout + done.stderr)[-9000:]


def _owners(home):
    """Inode of a socket -> number and command of the process that has it."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"HOME={home}".encode() not in (process / "environ").read_bytes().split(b"\0"):
                continue
            words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
            name = f"{process.name} {' '.join(Path(word).name for word in words[:3])}".strip()
            for each in (process / "fd").iterdir():
                with contextlib.suppress(OSError):
                    kind, _, inode = str(each.readlink()).partition(":")
                    if kind == "socket":
                        found[inode.strip("[]")] = name
    return found


def _sockets():
    """Of each socket of this machine: inode, both addresses, state, bytes unsent, bytes unread."""
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        with contextlib.suppress(OSError):
            for line in Path("/proc/net", table).read_text().splitlines()[1:]:
                _, local, remote, state, queues, *_, inode = line.split()[:10]
                unsent, _, unread = queues.partition(":")
                addresses = (_address(local, family), _address(remote, family))
                yield inode, *addresses, _STATES.get(state, f"state {state}"), int(unsent, 16), int(unread, 16)


def _address(text, family):
    """``127.0.0.1:80`` of the kernel's ``0100007F:0050``, whose words have this machine's order of bytes."""
    address, _, port = text.partition(":")
    words = [int(address[start : start + 8], 16) for start in range(0, len(address), 8)]
    return f"{socket.inet_ntop(family, struct.pack(f'={len(words)}I', *words))}:{int(port, 16)}"
