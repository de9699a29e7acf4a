"""Which programs a slice may start: those that only tell something, and those that compile for torch.

`git rev-parse HEAD`, `nvidia-smi -L | wc -l`. The rule: a program that is not known to change nothing, with the
arguments that it is given, is not started while somebody only looks at a model. What a compiler writes must lie
where anybody may write.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

Command = str | bytes | os.PathLike[str] | Sequence[object]
Words = Sequence[str]


@dataclass(frozen=True)
class Place:
    """Where a program is started: its working folder, and which paths may be written to."""

    folder: str
    may_write: Callable[[str], bool]

    def allows(self, path: str) -> bool:
        return self.may_write(os.path.join(self.folder, path))  # noqa: PTH118 (of a text)


def is_harmless(command: Command, place: Place) -> bool:
    """Whether a command only tells something: as a list, or as a shell would read it."""
    if isinstance(command, (str, bytes, os.PathLike)):
        return _is_harmless_line(os.fsdecode(command), place)
    words = [os.fsdecode(each) if isinstance(each, (bytes, os.PathLike)) else str(each) for each in command]
    if len(words) > 2 and _name(words[0]) in _SHELLS and words[1] == "-c":
        return _is_harmless_line(words[2], place)
    return _is_query(words, place)


_SHELLS = frozenset({"sh", "bash", "dash", "zsh"})
_SEPARATORS = re.compile(r"[|&;\n]+")
_SILENCED = re.compile(r"(?:[0-9&]?>>?\s*/dev/null|[0-9]?>&[0-9])(?=[\s|&;)]|$)")
_WRITES_OR_RUNS = re.compile(r">|`|\$\(|<\(")


def _is_harmless_line(line: str, place: Place) -> bool:
    rest = _SILENCED.sub(" ", line).strip()
    if _WRITES_OR_RUNS.search(rest):
        return False
    return all(_is_query(_words(part), place) for part in _SEPARATORS.split(rest))


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quote that nothing closes
        return [text]


def _is_query(words: Words, place: Place) -> bool:
    name = _name(words[0]) if words else ""
    if name in _COMPILERS:
        return _writes_where_it_may(words[1:], place)
    if name == "ninja":
        return _builds_where_it_may(words[1:], place)
    return name in _FORMS and _FORMS[name](words[1:])


def _name(program: str) -> str:
    return os.path.basename(program).removesuffix(".exe")  # noqa: PTH119 (of a text)


_COMPILERS = frozenset({"gcc", "g++", "cc", "c++", "clang", "clang++", "cl", "nvcc", "hipcc", "ld"})
_OUTPUT = re.compile(r"(?:-o|--output(?:-file)?=?|-MF|[/-]F[adeimopR]:?)(?P<path>.*)")
_TO_STDOUT = frozenset({"-E", "-M", "-MM", "-fsyntax-only", "-###", "--version", "--help"})


def _writes_where_it_may(words: Words, place: Place) -> bool:
    words = [part for word in words for part in word.removeprefix("-Wl,").split(",")]
    outputs = [match["path"] or following for match, following in _outputs(words)]
    if outputs:
        return all(map(place.allows, outputs))
    is_told = not _TO_STDOUT.isdisjoint(words) or all(word.startswith("-") for word in words)
    return is_told or place.allows("")


def _outputs(words: Words) -> Iterable[tuple[re.Match[str], str]]:
    following = pairwise([*words, ""])
    return ((match, after) for word, after in following if (match := _OUTPUT.fullmatch(word)))


def _builds_where_it_may(words: Words, place: Place) -> bool:
    if words == ["--version"]:
        return True
    return not any(word.startswith(("-C", "-f", "-t")) for word in words) and place.allows("")


def _only(allowed: str, words: Words) -> bool:
    """Whether each word is, as a whole, one that is allowed."""
    return all(re.fullmatch(allowed, word) for word in words)


def _none_of(refused: str, words: Words) -> bool:
    return not any(re.match(refused, word) for word in words)


def _of_git(words: Words) -> bool:
    rest = list(words)
    while rest[:1] in (["-C"], ["-c"], ["--no-pager"]):
        if rest[0] == "-c" and not "".join(rest[1:2]).startswith("safe.directory="):
            return False  # an alias runs what it likes
        del rest[: 1 if rest[0] == "--no-pager" else 2]
    return not rest or (rest[0] in _OF_GIT and _OF_GIT[rest[0]](rest[1:]))


def _of_remotes(words: Words) -> bool:
    return words[:1] == ["get-url"] or _only("-v|--verbose", words)


def _of_settings(words: Words) -> bool:
    return words[:1] in (["--get"], ["--get-all"], ["--get-regexp"], ["--list"], ["-l"])


def _listing(words: Words) -> bool:
    """Of branches or tags: an operand that no option says to be a pattern would be made."""
    options = [word for word in words if word.startswith("-")]
    asks = any(word in ("--list", "--contains", "--points-at", "--merged") for word in options)
    listing = r"-a|-r|-v|-vv|--all|--show-current|--no-color|--(?:list|contains|points-at|merged|sort|format)(?:=.*)?"
    return _only(listing, options) and (asks or len(options) == len(words))


_ANY = partial(_only, r"(?s:.*)")
_TELLING = partial(_none_of, "--ou|--ext-diff")
"""Differences and histories can be written into a file."""

_OF_GIT: dict[str, Callable[[Words], bool]] = {
    **dict.fromkeys(("rev-parse", "describe", "ls-files", "rev-list", "version", "--version"), _ANY),
    **dict.fromkeys(("log", "status", "diff", "show"), _TELLING),
    **dict.fromkeys(("branch", "tag"), _listing),
    "remote": _of_remotes,
    "config": _of_settings,
}

_FORMS: dict[str, Callable[[Words], bool]] = {
    **dict.fromkeys(("uname", "whoami", "id", "pwd", "ls", "cat", "echo", "which", "where", "type"), _ANY),
    **dict.fromkeys(("nproc", "lscpu", "getconf", "arch", "rocminfo", "lsb_release", "true", "false"), _ANY),
    **dict.fromkeys(("objdump", "readelf", "otool", "head", "wc", "grep", "cut", "tr", "test"), _ANY),
    **dict.fromkeys(("ar", "as", "cmake"), partial(_only, "--version")),
    **dict.fromkeys(("env", "uniq"), partial(_only, "(?!)")),
    "date": partial(_only, r"\+.*|-u|-R|-I\w*"),
    "file": partial(_none_of, "-C|--c"),
    "free": partial(_only, "-[bkmght]"),
    "git": _of_git,
    "hostname": partial(_only, "-[fsiId]"),
    "ldconfig": partial(_only, "-p|--print-cache"),
    "nvidia-smi": partial(
        _only, r"-[Lqxidh]|--(?:query|list|format|id|help|version|xml)[\w-]*(?:=.*)?|[\w,]+|topo|-m"
    ),
    "rocm-smi": partial(_only, r"--show\w+|-[aih]|--json|--csv|--version"),
    "sort": partial(_only, "-[nruVh]+"),
    "sysctl": partial(_only, r"-n|-a|[\w.]+"),
    "tail": partial(_none_of, "-[0-9]*[fF]|--f|--r"),
}
"""By program, whether these arguments only ask."""
