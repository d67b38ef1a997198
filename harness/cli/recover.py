"""``wiretape recover``: cassettes of killed recordings."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from harness.cli.console import fail, say, stdout
from harness.cli.help_text import command_help
from harness.cli.left_out import report_left_out
from harness.cli.profiles import own_profiles
from harness.errors import HarnessError
from harness.printable import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.profile import ServiceProfile
    from harness.record.recovery import Recovered
    from harness.record.state_dir import StoredJournal


class ChoiceError(HarnessError):
    """Options do not go together."""


HELP: Final = command_help(
    "Make cassettes of recordings that a kill, a power cut or a full disk cut off.",
    examples="""
        wiretape recover
        wiretape recover ~/.local/state/wiretape/chat-0123456789ab.journal -o chat.yaml
        wiretape recover --all
        wiretape recover --all --discard
        """,
    about="""
        Each journal becomes the cassette of its recording, with the same redaction and scan for secrets, and is then
        deleted. The cassette says `complete: false`. A cassette that is newer than the recording is kept unless you
        give --force or --merge. Journals of running recordings are left alone.

        Without arguments, the command lists the journals.
        """,
    exit_codes="0 success; 1 a journal could not be recovered, and stays; 2 wrong usage; 3 something is missing from a "
    "cassette",
)


def recover(
    journals: Annotated[
        list[Path] | None, typer.Argument(help="Journals to recover.", metavar="JOURNAL", show_default=False)
    ] = None,
    listing: Annotated[bool, typer.Option("--list", "-l", help="List the journals, and do nothing else.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Recover all journals.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The cassette to write, for one journal.", metavar="FILE")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Replace a cassette even if it is newer than the recording.")
    ] = False,
    merge: Annotated[bool, typer.Option("--merge", help="Add to an existing cassette.")] = False,
    without_hooks: Annotated[
        bool,
        typer.Option(
            "--without-hooks", help="Recover all of a recording with hooks, and what they would have left out."
        ),
    ] = False,
    discard: Annotated[bool, typer.Option("--discard", help="Delete the journals; recover nothing.")] = False,
) -> None:
    """Make cassettes of recordings that were cut off."""
    from harness.record import state_dir

    making = force or merge or without_hooks
    _check(journals, output, every=every, listing=listing, discard=discard, making=making)
    if listing or not (journals or every):
        _list(state_dir.journals())
        return
    chosen = journals or [each.path for each in state_dir.journals() if not each.living]
    if not chosen:
        say("no recording was left behind", "green")

    def handle(path: Path) -> int:
        if not discard:
            return _recover(path, output, force=force, merge=merge, without_hooks=without_hooks)
        state_dir.discard(path)
        say(f"deleted {path}")
        return 0

    code = _each(chosen, handle)
    state_dir.tidy()
    raise typer.Exit(code)


def _each(paths: list[Path], handle: Callable[[Path], int]) -> int:
    """Call ``handle`` with each journal, and go on with the next after an error; returns the exit code."""
    failed = False
    code = 0
    for path in paths:
        try:
            code = handle(path) or code
        except HarnessError as error:
            failed = True
            text = str(error)
            fail(text if str(path) in text else f"{path}: {text}")
        except OSError as error:
            failed = True
            hint = "; `wiretape recover` lists the journals that were left behind" if not path.is_file() else ""
            fail(f"{error.filename or path}: {error.strerror or error}{hint}")
    return 1 if failed else code


def _check(
    journals: list[Path] | None, output: Path | None, *, every: bool, listing: bool, discard: bool, making: bool
) -> None:
    if journals and every:
        raise ChoiceError("name journals or give --all, not both")
    if listing and (journals or every or output or discard or making):
        raise ChoiceError("--list takes no other option and no journal")
    if output is not None and len(journals or ()) != 1:
        raise ChoiceError("--output takes exactly one journal: name one, or leave out --output")
    if discard and (output or making):
        raise ChoiceError("--discard makes no cassette: it takes no --output, --force, --merge or --without-hooks")
    if making and not (journals or every):
        raise ChoiceError("--force, --merge and --without-hooks need journals: name them, or give --all")


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
    for line, style in _lines(recovered):
        say(line, style)
    return report_left_out(recovered.left_out, 0)


def _profiles() -> Callable[[str], ServiceProfile | None]:
    from harness.services.choice import service_named
    from harness.services.errors import UnknownProfileError

    own = own_profiles()

    def find(name: str) -> ServiceProfile | None:
        try:
            return service_named(name, None, own)
        except UnknownProfileError:
            return None

    return find


def _lines(recovered: Recovered) -> list[tuple[str, str]]:
    from harness.cli.run_recording import summary

    lines = [(summary(recovered.cassette, recovered.path).replace("recorded", "recovered", 1), "green")]
    if not recovered.whole:
        lines.append(("the journal's last record was cut off; everything before it is recovered", "yellow"))
    if recovered.rewriting:
        problem = "the recording was killed while it removed a newly found secret from the journal"
        lines.append((f"{problem}: look into the cassette before you share it", "yellow"))
    return lines


def _list(found: list[StoredJournal]) -> None:
    console = stdout()
    for each in found:
        when = datetime.fromtimestamp(each.written, UTC)
        state = "running" if each.living else "left behind" if each.head is not None else "unreadable"
        what = each.head.cassette if each.head is not None else each.problem
        console.print(one_line(f"{each.path}  {when:%Y-%m-%d %H:%M:%S}Z  {each.size} bytes  {state}  {what}", 1000))
    left = sum(not each.living for each in found)
    if left:
        say(f"{left} left behind: `wiretape recover JOURNAL` or `--all` makes cassettes of them", "yellow")
    else:
        say("no recording was left behind", "green")
