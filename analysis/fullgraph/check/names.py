"""Names of targets that differ within a run: two folders may both have a `main.py` with a `Net`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

from ..model import Target


def named_apart(targets: Iterable[Target]) -> tuple[Target, ...]:
    """`main:Net` of two files as `mnist/main:Net` and `vae/main:Net`: with as many folders as it takes."""
    given = tuple(targets)
    files: dict[str, list[str]] = defaultdict(list)
    for target in given:
        files[target.name].append(_home(target))
    folders = {name: _folders(homes) for name, homes in files.items()}
    return tuple(_renamed(target, folders[target.name]) for target in given)


def _renamed(target: Target, folders: Mapping[str, str]) -> Target:
    return replace(target, name=f"{folders[_home(target)]}{target.name}")


def _home(target: Target) -> str:
    """The file that tells it from others of its name: that of the class, where it has its name of that."""
    is_class = target.name.replace(":", ".") == target.model_class
    return target.subject[0] if is_class else target.found_in


def _folders(files: Sequence[str]) -> Mapping[str, str]:
    """By file, the end of its folder that tells it from the others, with a slash behind it."""
    different = tuple(dict.fromkeys(files))
    if len(different) == 1:
        return {different[0]: ""}
    parents = [PurePath(file).parent.parts for file in different]
    deepest = max(map(len, parents))
    for count in range(1, deepest + 1):
        ends = ["/".join(parts[-count:]) for parts in parents]
        if len(set(ends)) == len(ends):
            break
    return {file: f"{end}/" for file, end in zip(different, ends, strict=True)}
