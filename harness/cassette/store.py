"""Cassettes on the disk: ``load`` and ``save``.

``chat.yaml`` has its side files in ``chat.yaml.files/``. One program at a time may save a cassette. Any number
may load it meanwhile, and get either the old or the new one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Mapping
from pathlib import Path

from harness.cassette.codec import Rendered, parse, render
from harness.cassette.errors import CassetteDiskError, CassetteError, MissingSideFileError
from harness.cassette.files import Folder, may_be_text, read_file, side_folder
from harness.cassette.model import LIMITS, Cassette, Limits
from harness.cassette.payloads import Content, pieces_of
from harness.cassette.side_files import FileRef


def load(path: Path | str, *, limits: Limits = LIMITS) -> Cassette:
    """Load a cassette, with the content of its side files.

    Args:
        path: The YAML file.
        limits: Upper bounds for an untrusted file.

    Raises:
        CassetteError: The file cannot be read (`CassetteDiskError`), is not a cassette, or breaks a rule of the format;
            the text names file, line and place.
    """
    path = Path(path)
    return parsed(path, read_file(path, limits.file_bytes), limits=limits)


def parsed(path: Path, content: bytes, *, limits: Limits = LIMITS) -> Cassette:
    """Parse the content of a cassette file, and read its side files.

    Raises:
        CassetteError: As for `load`.
    """
    with contextlib.ExitStack() as stack:
        folder: list[Folder] = []

        def side_file(ref: FileRef, where: str) -> Content:
            if not folder:
                folder.append(stack.enter_context(_existing(side_folder(path), where)))
            return folder[0].read(ref, where)

        return parse(content, str(path), read_file=side_file, limits=limits)


def _existing(path: Path, where: str) -> Folder:
    try:
        return Folder(path)
    except FileNotFoundError as error:
        raise MissingSideFileError(
            f"the folder {path.name} with the cassette's side files is missing: copy it beside the cassette", where
        ) from error
    except OSError as error:
        raise CassetteDiskError(f"the folder {path.name} cannot be read: {error.strerror}", where) from error


def rendered_for(cassette: Cassette, path: Path | str) -> Rendered:
    """The exact bytes that `save` would write for that path.

    Raises:
        CassetteError: The format cannot express the cassette, or the side files cannot be read (`CassetteDiskError`).
    """
    path = Path(path)
    try:
        return _rendered(cassette, path)
    except OSError as error:
        raise CassetteDiskError(f"cannot be written: {error.strerror or error}", file=str(path)) from error
    except CassetteError as error:
        error.found_in(error.file or str(path))
        raise


def save(cassette: Cassette | Rendered, path: Path | str) -> Cassette:
    """Write a cassette, atomically: on any error an existing one stays unchanged.

    The result of `rendered_for` is written byte for byte. The same cassette gives the same bytes.

    Side files are written first, under names that the old cassette does not use for other content. Then the YAML file
    is replaced. Then side files without a reference are deleted.

    Returns:
        The cassette as `load` gives it: with the names of its side files.

    Raises:
        CassetteError: The format cannot express the cassette, or writing failed (`CassetteDiskError`).
    """
    path = Path(path)
    try:
        with contextlib.ExitStack() as stack:
            parent = stack.enter_context(Folder(path.parent, may_be_link=True))
            rendered = cassette if isinstance(cassette, Rendered) else _rendered(cassette, path)
            with _side_files_written(path, rendered.side_files):
                parent.write(path.name, rendered.content)
            parent.sync()
            _remove_stale(path, rendered.side_files)
    except OSError as error:
        raise CassetteDiskError(f"cannot be written: {error.strerror or error}", file=str(path)) from error
    except CassetteError as error:
        error.found_in(error.file or str(path))
        raise
    return rendered.cassette


def _rendered(cassette: Cassette, path: Path) -> Rendered:
    try:
        with Folder(side_folder(path)) as folder:
            return render(cassette, taken=folder.holds_other)
    except FileNotFoundError:
        return render(cassette)


@contextlib.contextmanager
def _side_files_written(path: Path, files: Mapping[str, Content]) -> Generator[None]:
    """Write side files; if the block raises, delete those that are new."""
    if not files:
        yield
        return
    place = side_folder(path)
    with Folder(place, create=True) as folder:
        before = set(folder.side_files())
        try:
            is_text = False
            for name, content in files.items():
                # One after the other: all of them may not fit into memory.
                is_text = is_text or may_be_text(next(pieces_of(content)))
                if name not in before:
                    folder.write_pieces(name, pieces_of(content))
            if is_text:
                folder.protect()
            folder.sync()
            yield
        except Exception:
            # Not for an interrupt: it may come when the new cassette stands already.
            for name in files.keys() - before:
                folder.remove(name)
            if folder.was_made:
                folder.unprotect()
                with contextlib.suppress(OSError):
                    place.rmdir()
            raise


def _remove_stale(path: Path, files: Mapping[str, Content]) -> None:
    place = side_folder(path)
    # The new cassette stands: what cannot be cleared away now is cleared away by the next save.
    with contextlib.suppress(OSError):
        with Folder(place) as folder:
            used = {name.lower() for name in files}  # for disks that keep the case of an older name
            for name in folder.side_files():
                if name.lower() not in used:
                    folder.remove(name)
            if not files:
                folder.unprotect()
        if not files:
            place.rmdir()
