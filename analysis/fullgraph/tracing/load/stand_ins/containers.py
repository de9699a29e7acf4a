"""What stands for the settings of a library that is not installed: `tf.contrib.training.HParams(n_mel=80)`.

Such an object keeps what it is given and nothing else, so the repository's own numbers are those that are used.
The rule: what the library would read or work out raises the ModuleNotFoundError of the user's run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

CONTAINERS = frozenset(
    [
        "tensorflow.contrib.training.HParams",
        "ml_collections.ConfigDict",
        "ml_collections.config_dict.ConfigDict",
        "easydict.EasyDict",
        "yacs.config.CfgNode",
        "fvcore.common.config.CfgNode",
        "omegaconf.OmegaConf.create",
        "omegaconf.DictConfig",
        "addict.Dict",
        "munch.Munch",
    ]
)
"""Classes and functions that make one of a mapping, of keywords, or of nothing."""

_STATES = frozenset(["freeze", "defrost", "lock", "unlock"])
_WORK = frozenset(
    ["merge_from_file", "merge_from_list", "merge_from_other_cfg", "parse", "parse_json", "load_cfg"]
)


class Settings(dict[str, Any]):
    """Settings by name, as items and as attributes; a mapping in them is settings too.

    `error` makes what is raised where the library itself is needed.
    """

    def __init__(self, error: Callable[[], ModuleNotFoundError], given: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_error", error)
        super().__init__()
        for name, value in given.items():
            self[name] = value

    def __setitem__(self, name: str, value: Any) -> None:
        nested = isinstance(value, Mapping) and not isinstance(value, Settings)
        super().__setitem__(name, Settings(self.__dict__["_error"], value) if nested else value)

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        if name in _STATES:
            return lambda: self
        if name in _WORK:
            raise self.__dict__["_error"]()
        raise AttributeError(name)


def made(
    error: Callable[[], ModuleNotFoundError], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Settings | None:
    """The settings that a call makes; None where it is given what is no mapping, as a text to be read."""
    given = args[0] if args else None
    if len(args) > 1 or not (given is None or isinstance(given, Mapping)):
        return None
    return Settings(error, {**(given or {}), **kwargs})
