"""The only writer of the user's source files.

A file gets its new text as a whole or not at all, in the encoding and with the byte order mark that it
has. It is not written where it says something else by now than what the new text was made from, not where the
new text is no Python, and not where it is read-only: to replace it needs the right to its folder alone.
Owner, mode and hard links stay.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
import tempfile
import tokenize
from codecs import BOM_UTF8
from dataclasses import dataclass
from pathlib import Path

from .source import SourceText, SyntaxProblem, parse_module


@dataclass(frozen=True, slots=True)
class CannotWrite:
    """Why a file keeps its text, for a person."""

    message: str


def is_changed(before: SourceText, after: str) -> bool:
    """Whether a file says something else by now than `before` and `after`."""
    path = Path(os.path.realpath(before.file))
    try:
        content = path.read_bytes() if path.exists() else b""
        text = content.removeprefix(BOM_UTF8).decode(_encoding(content, path))
    except (OSError, SyntaxError, UnicodeDecodeError):
        return False  # to write it says what is wrong
    return text not in (before.text, after)


def cannot_write(file: str) -> CannotWrite | None:
    """What is known without trying: a file that is read-only keeps its text, also from who may do all."""
    path = Path(os.path.realpath(file))
    if not path.exists():
        return None
    writable = path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
    if writable and os.access(path, os.W_OK):
        return None
    return CannotWrite(f"cannot write {file}: it is read-only")


def write_text(before: SourceText, after: str) -> CannotWrite | None:
    """Gives the file that `before` was read from a new text; an empty `before` may have had none."""
    path = Path(os.path.realpath(before.file))
    if path.suffix == ".py" and isinstance(problem := parse_module(after), SyntaxProblem):
        return CannotWrite(f"{before.file} would have a syntax error: {problem.message}")
    if (refused := cannot_write(before.file)) is not None:
        return refused
    try:
        content = path.read_bytes() if path.exists() or before.text else None
        encoding = _encoding(content or b"", path)
        text = (content or b"").removeprefix(BOM_UTF8).decode(encoding)
        if content is not None and text == after:
            return None  # by another name of the file, say
        if text != before.text:
            return changed(before.file)
        mark = BOM_UTF8 if content and content.startswith(BOM_UTF8) else b""
        _replace(path, mark + after.encode(encoding), content)
    except UnicodeEncodeError as error:
        return CannotWrite(
            f"{before.file} is encoded as {error.encoding}, which cannot encode {error.object[error.start]!r}"
        )
    except _ChangedError:
        return changed(before.file)
    except (OSError, SyntaxError, UnicodeDecodeError) as error:
        return CannotWrite(f"cannot write {before.file}: {getattr(error, 'strerror', None) or error}")
    return None


def changed(file: str) -> CannotWrite:
    """What is said of a file that somebody else wrote."""
    return CannotWrite(f"{file} has changed in the meantime")


class _ChangedError(Exception):
    pass


def _encoding(content: bytes, path: Path) -> str:
    if path.suffix != ".py":
        return "utf-8"
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    return encoding.removesuffix("-sig")


def _replace(path: Path, content: bytes, expected: bytes | None) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        as_before = path.stat() if expected is not None else None
        is_plain = as_before is None or (as_before.st_nlink == 1 and _has_owner(name, as_before))
        # `mkstemp` lets nobody else read; a new file is as any that the user makes.
        Path(name).chmod(stat.S_IMODE(as_before.st_mode) if as_before else 0o666 & ~_umask())
        _check_unchanged(path, expected)
        if is_plain:
            Path(name).replace(path)
        else:
            _overwrite(path, content, expected or b"")
            Path(name).unlink()
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _has_owner(name: str, as_before: os.stat_result) -> bool:
    """Gives a file that will replace another the owner and the group of that; whether it has them then."""
    now = Path(name).stat()
    if (now.st_uid, now.st_gid) == (as_before.st_uid, as_before.st_gid):
        return True
    try:
        os.chown(name, as_before.st_uid, as_before.st_gid)
    except OSError:
        return False
    return True


def _overwrite(path: Path, content: bytes, before: bytes) -> None:
    """Writes into a file that has further names, or an owner whom its successor would not have.

    Its new text lies beside it until it is written, so that nothing is lost where the machine stops meanwhile.
    """
    try:
        _write_into(path, content)
    except BaseException:
        _write_into(path, before)
        raise


def _write_into(path: Path, content: bytes) -> None:
    with path.open("r+b") as file:
        file.write(content)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _check_unchanged(path: Path, expected: bytes | None) -> None:
    if (path.read_bytes() if path.exists() else None) != expected:
        raise _ChangedError


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
