"""A model with the arguments that a configuration file has: `model: {dim: 64, depth: 2}` for `Net(dim, depth)`.

A section fits where its keys are the parameters that the constructor asks for, the fields of the dataclass that
it takes, or what it reads of a configuration. What a section that nearly fits leaves open is made up, if it is
a number. The rule: a section that fits by one common word alone says nothing, unless it is called like the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from ...configuration.file import ConfigurationFile
from ...configuration.sections import Path, Section, Value, sections
from ...model import MadeUp
from ...python.binding import scopes
from ..classes.classes import Class
from ..classes.roles import is_part_by_name
from ..configurations.code import NotKnownError, literal
from ..finder import Module
from ..repository.index import Definition
from . import numbers
from .parameters import CONFIGURATIONS
from .reads import reads_of
from .sizes import by_size
from .way import Construction, sliced

_OF_MODELS = re.compile(
    r"(\w+_)?(model|net|network|arch|architecture|backbone|generator|hparams|hyper_?parameters)(_?\w+)?"
)


@dataclass(frozen=True)
class _Place:
    """A section of a file, and the keys that lead to it."""

    file: ConfigurationFile
    path: Path
    section: Section
    module: Module

    @property
    def name(self) -> str:
        """What the section is called, or the file where it is its top."""
        return self.path[-1] if self.path else PurePath(self.file.file).stem

    def known(self, names: Iterable[str]) -> Mapping[str, str]:
        """By name, the texts of the values that are there and known."""
        texts = ((name, self._text(name)) for name in names)
        return {name: text for name, text in texts if text is not None}

    def _text(self, name: str) -> str | None:
        keys = (key for key in (name, name.replace("_", "-")) if key in self.section.values)
        key = next(keys, None)
        try:
            return (
                None if key is None else literal(self._settled(self.section.values[key], (*self.path, key)))
            )
        except NotKnownError:
            return None

    def _settled(self, value: Value, path: Path) -> Value:
        return self.module.index.configurations.settled(value, self.file, path)

    @property
    def text(self) -> str:
        """A dict of all that is known in the section."""
        known = self.known(self.section.values)
        return f"{{{', '.join(f'{name!r}: {text}' for name, text in known.items())}}}"


@dataclass(frozen=True)
class _Fit:
    """How well a section fits, and what is built with it."""

    place: _Place
    text: str
    missing: int
    fitting: float  # the part of the section, or of what is read of it, that fits
    made_up: tuple[MadeUp, ...] = ()

    @property
    def order(self) -> tuple[object, ...]:
        """Less for the better one; of equals the smaller, nearer to the root."""
        named = _OF_MODELS.fullmatch(self.place.name.lower()) is not None
        stem = PurePath(self.place.file.file).stem
        return self.missing, not named, -self.fitting, len(self.place.path), by_size(stem)


def find(model: Class, module: Module) -> Iterator[Construction]:
    """The constructor with the arguments of the sections that fit best."""
    init = model.method("__init__")
    if init is None:
        return
    required = model.required()
    found = [fit for place in _places(model, module) for fit in _fits(model, required, place, module)]
    here = sliced(module.parsed, model.name, module) if found else None
    if here is None:
        return
    for fit in sorted(found, key=lambda each: each.order):
        place = fit.place.file.place(fit.place.section.line)
        yield Construction(fit.text, module.parsed, model.node, here.slice, fit.made_up, place)


def _places(model: Class, module: Module) -> Iterator[_Place]:
    """The sections of the files whose text has one of the words that would have to be there."""
    words = _words(model, module)
    said = re.compile(rf"\b({'|'.join(map(re.escape, sorted(words)))})\b") if words else re.compile(r"(?!)")
    configurations = module.index.configurations
    for file in configurations.files:
        top = configurations.composed(file) if said.search(file.source.text) else None
        for path, section in sections(top):
            if section.file == file.file and section.values:
                yield _Place(file, path, section, module)


def _words(model: Class, module: Module) -> frozenset[str]:
    """The names that the constructor asks for: its own, of dataclasses, and of what it reads."""
    own = {name for name in model.required() if not CONFIGURATIONS.fullmatch(name)}
    fields = {f for name in model.required() for f in numbers.fields_of(model, name, module)[1]}
    read = {part for name in model.required() for path in _reads(model, name, module) for part in path}
    return frozenset(own | fields | read)


def _reads(model: Class, parameter: str, module: Module) -> frozenset[Path]:
    if not CONFIGURATIONS.fullmatch(parameter):
        return frozenset()
    return reads_of(parameter, Definition(model.home, model.node), module)


def _fits(model: Class, required: tuple[str, ...], place: _Place, module: Module) -> Iterator[_Fit]:
    """What a section may be for the class: its arguments, or the configuration that it takes."""
    yield from _as_arguments(model, required, place, module)
    settings = [
        each for each in required if CONFIGURATIONS.fullmatch(each) or _has_fields(model, each, module)
    ]
    if len(settings) == 1 and len(required) == 1:
        yield from _as_fields(model, settings[0], place, module)
        yield from _as_settings(model, settings[0], place, module)


def _has_fields(model: Class, parameter: str, module: Module) -> bool:
    return bool(numbers.fields_of(model, parameter, module)[1])


# -- its arguments ---------------------------------------------------------------------------------------


def _as_arguments(model: Class, required: tuple[str, ...], place: _Place, module: Module) -> Iterator[_Fit]:
    init = model.method("__init__")
    assert init is not None
    every = {each.arg: each for each, _ in list(scopes.given(init.args))[1:]}
    known = place.known(every)
    missing = [name for name in required if name not in known]
    if not _says_enough(model, len(required) - len(missing), len(missing), place, len(known)):
        return
    rest = {name: numbers.argument(every[name], init, model, module) for name in missing}
    if not all(rest.values()):
        return
    made = {name: given for name, given in rest.items() if given}
    texts = {**known, **{name: given.text for name, given in made.items()}}
    said = ", ".join(f"{name}={texts[name]}" for name in every if name in texts)
    made_up = tuple(dict.fromkeys(part for given in made.values() for part in given.made_up))
    fitting = len(known) / len(place.section.values)
    yield _Fit(place, f"{model.name}({said})", len(missing), fitting, made_up)


def _says_enough(model: Class, given: int, missing: int, place: _Place, known: int) -> bool:
    """Whether so many of the required arguments, in a section of so many that are known, are no accident."""
    if missing:
        return given >= max(2, missing) and not is_part_by_name(model.name)
    alone = known == len(place.section.values)
    return given >= 2 or (given == 1 and (alone or _is_called_like(model, place.name)))


def _is_called_like(model: Class, name: str) -> bool:
    said = name.replace("_", "").replace("-", "").lower()
    return _OF_MODELS.fullmatch(name.lower()) is not None or said in model.name.lower()


# -- the configuration that it takes ---------------------------------------------------------------------


def _as_fields(model: Class, parameter: str, place: _Place, module: Module) -> Iterator[_Fit]:
    """`Net(ModelArgs(dim=64))` of the dataclass that the parameter is annotated with."""
    named, fields, optional = numbers.fields_of(model, parameter, module)
    known = place.known((*fields, *optional))
    if not fields or any(name not in known for name in fields):
        return
    said = ", ".join(f"{name}={text}" for name, text in known.items())
    fitting = len(known) / len(place.section.values)
    yield _Fit(place, f"{model.name}({parameter}={named}({said}))", 0, fitting)


def _as_settings(model: Class, parameter: str, place: _Place, module: Module) -> Iterator[_Fit]:
    """An object with all that the section has, where the class reads most of it."""
    read = _reads(model, parameter, module)
    there = [path for path in read if _is_there(place.section, path)]
    if numbers.fields_of(model, parameter, module)[1] or len(there) < max(1, len(read) - len(there)):
        return
    if len(there) == 1 and len(read) > 1 and not _is_called_like(model, place.name):
        return
    made_up = MadeUp(parameter, settings=True, known=place.text)
    missing = len(read) - len(there)
    yield _Fit(place, f"{model.name}({parameter}={parameter})", missing, len(there) / len(read), (made_up,))


def _is_there(section: Section, path: Path) -> bool:
    value: Value = section
    for part in path:
        if not isinstance(value, Section):
            return True  # what is read of a value, as `cfg.name.lower`
        if part not in value.values:
            return False
        value = value.values[part]
    return True
