"""Model values ⇄ JSON, for the pipe between the analysis and the worker, and for caches.

A dataclass becomes an object of its fields with its class under `"is"`, so that unions need no schema;
tuples become arrays. `decode` accepts what `encode` made and nothing else: both ends run the same
version of this package, which `PROTOCOL` in the worker's hello asserts.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from .. import model

PROTOCOL = 1
"""Counted up whenever `model` changes in a way that an older worker would misread."""

Json = Any

_CLASSES = {
    name: value
    for name, value in vars(model).items()
    if isinstance(value, type) and dataclasses.is_dataclass(value)
}


class WireError(ValueError):
    """What came over the pipe is not a value of the model."""


def encode(value: object) -> Json:
    """The JSON form of a value of `model` (or of a str, number, bool, None, list, tuple or mapping)."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"is": type(value).__name__, **fields}
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise WireError(f"{type(value).__name__} does not belong to the model")


def decode(json_value: Json) -> Any:
    """The value that `encode` was given; arrays come back as tuples.

    Raises:
        WireError: the JSON names a class that is not of the model, or fields that it does not have.
    """
    if isinstance(json_value, list):
        return tuple(decode(item) for item in json_value)
    if not isinstance(json_value, dict):
        return json_value
    fields = {key: decode(item) for key, item in json_value.items() if key != "is"}
    if "is" not in json_value:
        return fields
    try:
        return _CLASSES[json_value["is"]](**fields)
    except (KeyError, TypeError) as error:
        raise WireError(f"not a value of the model: {error}") from error


def dumps(value: object) -> str:
    """One line of JSON. Lone surrogates, which user code can put into any message, are escaped."""
    return json.dumps(encode(value), ensure_ascii=True, separators=(",", ":"))


def loads(line: str | bytes) -> Any:
    """What `dumps` was given.

    Raises:
        WireError: not JSON, or not of the model.
    """
    try:
        return decode(json.loads(line))
    except ValueError as error:
        raise WireError(str(error)) from error
