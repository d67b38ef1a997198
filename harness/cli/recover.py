"""``wiretape recover``: cassettes of recordings that were killed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.console import fail, say, stdout
from harness.cli.left_out import tell
from harness.errors import HarnessError
from harness.printable import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.profile import ServiceProfile
    from harness.record.recovery import Recovered
    from harness.record.state_dir import StoredJournal


class ChoiceError(HarnessError):
    """Options that do not go together."""


def recover(
    journals: Annotated[
        list[Path] | None, typer.Argument(help="Journals to recover.", metavar="[JOURNAL...]", show_default=False)
    ] = None,
    listing: Annotated[bool, typer.Option("--list", "-l", help="Only list what was left behind.")] = False,
    every: Annotated[bool, typer.Option("--all", help="All journals that were left behind.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The cassette to write, of one journal.", metavar="FILE")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Replace a cassette, though it is newer than the recording.")
    ] = False,
    merge: Annotated[bool, typer.Option("--merge", help="Add to a cassette that is there.")] = False,
    without_hooks: Annotated[
        bool, typer.Option("--without-hooks", help="Recover all of a recording whose hooks cannot be asked.")
    ] = False,
    discard: Annotated[bool, typer.Option("--discard", help="Delete the journals; nothing is recovered.")] = False,
) -> None:
    r"""Make cassettes of recordings that were cut: by a kill, a power cut, a full disk.

    Each journal becomes the cassette that it was to be, by way of the same redaction and scan, and is removed then. The
    cassette says `complete: false`. A cassette that was written since the recording began is not replaced unless you
    say so. Recordings that are under way are left alone. Without arguments: what was left behind.

    Exit codes: 0 all went well; 1 a journal could not be recovered, and is kept; 3 something was left out of a
    cassette that was written; 2 wrong usage.

    \b
    Examples:
      wiretape recover
      wiretape recover ~/.local/state/wiretape/chat-0123456789ab.journal -o chat.yaml
      wiretape recover --all
      wiretape recover --all --discard
    """
    from harness.record import state_dir

    making = force or merge or without_hooks
    _check(journals, output, every=every, listing=listing, discard=discard, making=making)
    if listing or not (journals or every):
        _list(state_dir.journals())
        return
    chosen = journals or [each.path for each in state_dir.journals() if not each.living]
    if not chosen:
        say("no recording was left behind", "green")
    failed = 0
    code = 0
    for path in chosen:
        try:
            if discard:
                state_dir.discard(path)
                say(f"deleted {path}")
            else:
                code = _recover(path, output, force=force, merge=merge, without_hooks=without_hooks) or code
        except HarnessError as error:
            failed += 1
            text = str(error)
            fail(text if str(path) in text else f"{path}: {text}")
        except OSError as error:
            failed += 1
            fail(f"{error.filename or path}: {error.strerror or error}")
    state_dir.tidy()
    raise typer.Exit(1 if failed else code)


def _check(
    journals: list[Path] | None, output: Path | None, *, every: bool, listing: bool, discard: bool, making: bool
) -> None:
    if journals and every:
        raise ChoiceError("name journals, or say --all")
    if listing and (journals or every or output or discard or making):
        raise ChoiceError("--list goes alone")
    if output is not None and len(journals or ()) != 1:
        raise ChoiceError("--output goes with one journal")
    if discard and (output or making):
        raise ChoiceError("--discard makes no cassette: leave --output, --force, --merge and --without-hooks out")
    if making and not (journals or every):
        raise ChoiceError("say which journals, or --all")


def _recover(path: Path, output: Path | None, *, force: bool, merge: bool, without_hooks: bool) -> int:
    from harness.record.errors import EmptyJournalError
    from harness.record.recovery import Recovery, recover
    from harness.record.state_dir import tidy_beside

    how = Recovery(
        profiles=_profiles(),
        output=output,
        replace=force,
        merge=merge,
        without_hooks=without_hooks,
        keeps_empty=False,
    )
    say(f"recovering {path}", "dim")
    try:
        recovered = recover(path, how)
    except EmptyJournalError as nothing:
        say(str(nothing), "dim")
        return 0
    tidy_beside(recovered.path)
    for line, style in _told(recovered):
        say(line, style)
    return tell(recovered.left_out, 0)


def _profiles() -> Callable[[str], ServiceProfile | None]:
    from harness.services.copilot import COPILOT

    return {COPILOT.name: COPILOT}.get


def _told(recovered: Recovered) -> list[tuple[str, str]]:
    from harness.cli.record import summary

    lines = [(summary(recovered.cassette, recovered.path).replace("recorded", "recovered", 1), "green")]
    if not recovered.whole:
        lines.append(("the journal's last record was cut; all before it is there", "yellow"))
    if recovered.rewriting:
        problem = "a secret had just been learnt, and was being taken out of the journal, when the recording was killed"
        lines.append((f"{problem}: look into the cassette before you pass it on", "yellow"))
    return lines


def _list(found: list[StoredJournal]) -> None:
    console = stdout()
    for each in found:
        when = datetime.fromtimestamp(each.written, UTC)
        state = "under way" if each.living else "left behind" if each.head is not None else "unreadable"
        what = each.head.cassette if each.head is not None else each.problem
        console.print(one_line(f"{each.path}  {when:%Y-%m-%d %H:%M:%S}Z  {each.size} bytes  {state}  {what}", 1000))
    left = sum(not each.living for each in found)
    if left:
        say(f"{left} left behind: `wiretape recover JOURNAL` or `--all` makes cassettes of them", "yellow")
    else:
        say("no recording was left behind", "green")
