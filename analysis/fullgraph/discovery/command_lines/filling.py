"""The options that a target's script is run with: those of a command line that the documents give.

The rule: what has a default is left alone, as it is with the command line `python train.py`. Of the rest the
values come from the command that says most of it; a configuration file that is asked for, and that no command
names, is one of the repository's. What is still missing is stood in for when the target is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from ...configuration.reading import SUFFIXES
from ...model import RunAs, Slice, Target
from ..building.sizes import by_size
from ..repository.index import RepositoryIndex
from ..repository.parsed import ParsedFile
from .commands import Command, is_value
from .options import Option, options_of, reads_arguments

_CONFIGURATION = re.compile(
    r"(\w+_)?(config|cfg|conf|configs|yaml|yml|hparams|opt|options|configuration)(_?(file|path|name|yaml|json))?"
)
_OF_RUNS = re.compile(
    r"(\w+_)?(resume|checkpoint|ckpt|weights|pretrained|load|restore|gpus?|gpu_ids?|device|devices|local_rank|rank"
    r"|world_size|dist_url|dist_backend|port|log_?dir|logdir|output(_dir)?|out|save(_\w+)?|workers|seed|profile)(_\w+)?"
)  # fmt: skip
"""What tells a run apart and not a model."""


def filled(target: Target, index: RepositoryIndex) -> Target:
    """The target with what its script, and the scripts of its fallbacks, are run as."""
    fallbacks = tuple(replace(f, run_as=run_as(f.file, f.slice, index)) for f in target.fallbacks)
    return replace(target, run_as=run_as(target.file, target.slice, index), fallbacks=fallbacks)


def run_as(file: str, sliced: Slice | None, index: RepositoryIndex) -> RunAs | None:
    """What the script that a slice is of is run as; None where it asks for no options, or none are known."""
    home = index.file(file) if sliced is not None else None
    if home is None:
        return None
    if reads_arguments(home, index):
        return _as_written(home, index)
    options = [each for each in options_of(home, index) if _is_wanted(each)]
    return _Filling(home, index, options).best() if options else None


def _is_wanted(option: Option) -> bool:
    return option.required or not (option.has_default or _OF_RUNS.fullmatch(option.name))


def _commands(home: ParsedFile, index: RepositoryIndex) -> Sequence[Command]:
    below = index.below_root(home.file)
    return [each for each in index.commands if each.runs(below, home.name)]


def _as_written(home: ParsedFile, index: RepositoryIndex) -> RunAs | None:
    for each in _commands(home, index):
        if each.arguments and all(map(is_value, each.arguments)):
            return RunAs(each.arguments, each.place)
    return None


@dataclass(frozen=True)
class _Filling:
    """The options of a script that want a value."""

    home: ParsedFile
    index: RepositoryIndex
    options: Sequence[Option]

    def best(self) -> RunAs | None:
        """What the command gives that gives most of what is required."""
        given = [(each, self._given(each)) for each in _commands(self.home, self.index)]
        command, values = max(given, key=lambda pair: self._said(pair[1]), default=(None, {}))
        chosen = {name: self._there(value) for name, value in values.items()}
        place = command.place if command else None
        for option in self.options:
            if _CONFIGURATION.fullmatch(option.name) and self._asks_for_file(option, chosen):
                file = self._fitting()
                if file is not None:
                    chosen[option.names[0]] = (self.index.below_root(file),)
                    place = None
        return RunAs(tuple(self._arguments(chosen)), place) if chosen else None

    def _given(self, command: Command) -> Mapping[str, tuple[str, ...]]:
        """By the first name of an option, the values that a command gives it."""
        known = {name: each for each in options_of(self.home, self.index) for name in each.names}
        wanted = {each.names[0] for each in self.options}
        found: dict[str, tuple[str, ...]] = {}
        places: list[str] = []
        for name, values in _split(command.arguments, known):
            option = known.get(name)
            if not name:
                places += values
            elif option and option.names[0] in wanted and values and all(map(is_value, values)):
                found[option.names[0]] = values
        for option, value in zip((each for each in known.values() if each.by_place), places, strict=False):
            if is_value(value):
                found[option.names[0]] = (value,)
        return found

    def _said(self, values: Mapping[str, object]) -> tuple[int, int]:
        required = sum(each.required for each in self.options if each.names[0] in values)
        return required, len(values)

    def _there(self, values: tuple[str, ...]) -> tuple[str, ...]:
        """The values; a configuration file as the repository has it."""
        if len(values) != 1 or not values[0].endswith(SUFFIXES):
            return values
        named = [each.file for each in self.index.configurations.files if _ends(each.file, values[0])]
        return (self.index.below_root(named[0]),) if len(named) == 1 else values

    def _asks_for_file(self, option: Option, chosen: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether a configuration file has to be given, and none that is there is."""
        values = chosen.get(option.names[0])
        if values is None:
            return option.required
        files = self.index.configurations.files
        return values[0].endswith(SUFFIXES) and not any(_ends(each.file, values[0]) for each in files)

    def _fitting(self) -> str | None:
        """The file that has most of the keys that the script reads; of equals the smallest model's."""
        keys = set(re.findall(r"""\[["'](\w+)["']\]|\.(\w+)""", self.home.source.text))
        words = {word for pair in keys for word in pair if word}
        files = self.index.configurations.files
        scored = [(sum(key in words for key in top.values), each) for each in files if (top := each.top)]
        fitting = [(count, each.file) for count, each in scored if count]
        fitting.sort(key=lambda pair: (-pair[0], by_size(PurePath(pair[1]).stem)))
        return fitting[0][1] if fitting else None

    def _arguments(self, chosen: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
        by_name = {each.names[0]: each for each in options_of(self.home, self.index)}
        named = [(name, values) for name, values in chosen.items() if not by_name[name].by_place]
        placed = [values for name, values in chosen.items() if by_name[name].by_place]
        yield from (value for values in placed for value in values)
        for name, values in named:
            yield from (name, *values)


def _ends(file: str, path: str) -> bool:
    return f"/{file}".replace("\\", "/").endswith(f"/{path.lstrip('./')}")


def _split(arguments: Sequence[str], known: Mapping[str, Option]) -> Iterable[tuple[str, tuple[str, ...]]]:
    """The options of a command line, each with its values; "" for what goes by its place."""
    rest = list(arguments)
    while rest:
        name, equals, value = rest.pop(0).partition("=")
        if not _is_name(name):
            yield "", (f"{name}{equals}{value}",)
            continue
        values = [value] if equals else []
        option = known.get(name)
        most = 0 if equals or (option and option.flag) else len(rest) if option and option.several else 1
        while rest and len(values) < most and not _is_name(rest[0]):
            values.append(rest.pop(0))
        yield name, tuple(values)


def _is_name(text: str) -> bool:
    """Whether it is an option, and not a negative number."""
    return text.startswith("-") and not re.fullmatch(r"-\d+(\.\d*)?(e-?\d+)?", text)
