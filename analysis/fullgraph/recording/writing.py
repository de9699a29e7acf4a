"""What a model was built from, as text that builds it again: constants, other models, configurations, classes.

A name is written with the module that it is from, between NULs, until it is known in which module the text will
be evaluated: there `Enc` may be imported already. The rule: what has no certain text has a reason instead.
"""

from __future__ import annotations

import builtins
import dataclasses
import enum
import functools
import re
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .describing import is_constant

_DEEPEST = 8
_MOST = 64  # parts of one container: more is data
_NAME = re.compile("\0([^\0:]+):([^\0]+)\0")


class CannotWrite(Exception):  # noqa: N818 (what it says, not what it is)
    """Why a value has no text, in words that go on "because …"."""


BuiltBy = Callable[[Any], str]
"""The text that a model was built by; raises CannotWrite."""


def written(value: Any, built_by: BuiltBy, depth: int = 0) -> str:
    """An expression that gives an equal value; names in it are still to be `placed`.

    Raises:
        CannotWrite: there is none.
    """
    if is_constant(value):
        return repr(value)
    if depth > _DEEPEST:
        raise CannotWrite("it is nested too deeply")
    deeper = functools.partial(written, built_by=built_by, depth=depth + 1)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.nn.Module):
        return built_by(value)
    if torch is not None and isinstance(value, (torch.device, torch.Size)):
        return f"torch.{value!r}" if isinstance(value, torch.Size) else f"torch.device({str(value)!r})"
    if torch is not None and isinstance(value, torch.dtype):
        return repr(value)
    if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)):
        return _named(value)
    return _object(value, deeper)


def _object(value: Any, deeper: Callable[[Any], str]) -> str:
    kind = type(value)
    if isinstance(value, enum.Enum):
        return f"{_named(kind)}[{value.name!r}]"
    if kind is functools.partial:
        return f"{_named(kind)}({_joined(map(deeper, (value.func, *value.args)), _pairs(value.keywords, deeper))})"
    if dataclasses.is_dataclass(value):
        given = {each.name: getattr(value, each.name) for each in dataclasses.fields(value) if each.init}
        return f"{_named(kind)}({_joined((), _pairs(given, deeper))})"
    if kind is types.SimpleNamespace or f"{kind.__module__}.{kind.__qualname__}" == "argparse.Namespace":
        return f"{_named(kind)}({_joined((), _pairs(vars(value), deeper))})"
    if isinstance(value, (list, tuple, set, dict)) and len(value) <= _MOST:
        return _container(value, deeper)
    raise CannotWrite(f"no expression rebuilds {_article(kind.__qualname__)} `{kind.__qualname__}`")


def _container(value: Any, deeper: Callable[[Any], str]) -> str:
    kind = type(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return f"{_named(kind)}({', '.join(map(deeper, value))})"
    if kind is list:
        return f"[{', '.join(map(deeper, value))}]"
    if kind is tuple:
        return f"({', '.join(map(deeper, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, dict) and kind.__module__ in ("builtins", "collections"):
        pairs = ", ".join(f"{deeper(key)}: {deeper(each)}" for key, each in value.items())
        return f"{{{pairs}}}" if kind is dict else f"{_named(kind)}({{{pairs}}})"
    raise CannotWrite(f"no expression rebuilds {_article(kind.__qualname__)} `{kind.__qualname__}`")


def _pairs(values: dict[str, Any], deeper: Callable[[Any], str]) -> Iterator[str]:
    return (f"{name}={deeper(value)}" for name, value in values.items())


def _joined(front: Iterable[str], back: Iterable[str]) -> str:
    return ", ".join((*front, *back))


def _article(name: str) -> str:
    return "an" if name[:1].lower() in "aeiou" else "a"


def _named(value: Any) -> str:
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
    if module is None or _at(module, name) is not value:
        raise CannotWrite(f"`{name or repr(value)}` is not defined at module level")
    return f"\0{module}:{name}\0"


def name_of(kind: type) -> str:
    """A class's name, still to be placed.

    Raises:
        CannotWrite: it has none that others can use.
    """
    return _named(kind)


def _at(module: str, name: str) -> Any:
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def placed(text: str, home: str) -> str:
    """The text with its names as they are in the module `home`.

    Raises:
        CannotWrite: a name of the program's main module is asked for elsewhere.
    """
    return _NAME.sub(lambda match: _in(match[1], match[2], home), text)


def _in(module: str, name: str, home: str) -> str:
    value = _at(module, name)
    if module == "builtins" or _at(home, name) is value:
        return name
    if module.partition(".")[0] == "torch":
        short = module.partition(".modules.")[0]
        return f"{short if _at(short, name) is value else module}.{name}"
    if _at(home, module) is sys.modules[module]:  # `import functools` in the home module
        return f"{module}.{name}"
    if module == "__main__":
        raise CannotWrite(f"`{name}` is defined in the program that ran")
    root = module.partition(".")[0]
    if hasattr(builtins, root) or hasattr(sys.modules.get(home), root):  # there the name is another thing
        return f'__import__("importlib").import_module("{module}").{name}'
    return f"{module}.{name}"
