"""Functions that read what is not there: pictures, sounds, arrays, configurations, and weights.

The rule: the function itself is tried first. Where it fails, and the user's program does not deal with that,
a picture or a sound of an ordinary size stands in, the weights are those that the model is initialized with,
and all else is unknown.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from ....model import AssumedKind
from .notes import Notes
from .unknown import Source, Unknown, source_of

SIDE = 224
"""Pixels of a picture's sides."""

RATE = 16000
"""Samples of a sound, and how many of them are a second."""

WEIGHTS = "weights as initialized"
_SUFFIXES = frozenset(
    [".pt", ".pth", ".ckpt", ".bin", ".safetensors", ".pkl", ".tar", ".model", ".weights", ".h5", ".npz"]
)

Make = Callable[[Notes, str], Any]


def _picture(notes: Notes, what: str) -> Any:
    notes.add("file", what, f"a picture of {SIDE}×{SIDE}")
    return importlib.import_module("PIL.Image").new("RGB", (SIDE, SIDE))


def _pixels(notes: Notes, what: str) -> Any:
    notes.add("file", what, f"a picture of {SIDE}×{SIDE}")
    numpy = importlib.import_module("numpy")
    return numpy.zeros((SIDE, SIDE, 3), dtype=numpy.uint8)


def _picture_tensor(notes: Notes, what: str) -> Any:
    notes.add("file", what, f"a picture of {SIDE}×{SIDE}")
    return torch.zeros(3, SIDE, SIDE, dtype=torch.uint8)


def _sound_tensor(notes: Notes, what: str) -> Any:
    notes.add("file", what, "a second of silence")
    return torch.zeros(1, RATE), RATE


def _sound(notes: Notes, what: str) -> Any:
    notes.add("file", what, "a second of silence")
    numpy = importlib.import_module("numpy")
    return numpy.zeros(RATE, dtype=numpy.float32), RATE


def _unknown(kind: AssumedKind) -> Make:
    return lambda notes, what: _of_file(notes, kind, what)


def _weights(notes: Notes, what: str) -> Any:
    notes.add("checkpoint", what, WEIGHTS)
    return _of_file(notes, "checkpoint", what)


def _of_file(notes: Notes, kind: AssumedKind, what: str) -> Unknown:
    notes.read = Source(notes, kind, what, what, Path(what).stem or what, place=notes.place())
    return Unknown(notes.read)


READERS: Mapping[str, Mapping[str, Make]] = {
    "torch": {"load": _weights},
    "torch.hub": {"load_state_dict_from_url": _weights, "download_url_to_file": _weights},
    "torch.utils.model_zoo": {"load_url": _weights},
    "safetensors.torch": {"load_file": _weights, "load": _weights},
    "safetensors": {"safe_open": _weights},
    "joblib": {"load": _weights},
    "pickle": {"load": _unknown("file"), "loads": _unknown("file")},
    "gdown": {"download": _weights, "cached_download": _weights},
    "huggingface_hub": {"hf_hub_download": _weights, "snapshot_download": _weights},
    "torch.jit": {"load": _weights},
    "PIL.Image": {"open": _picture},
    "cv2": {"imread": _pixels},
    "imageio": {"imread": _pixels},
    "imageio.v2": {"imread": _pixels},
    "imageio.v3": {"imread": _pixels},
    "skimage.io": {"imread": _pixels},
    "matplotlib.image": {"imread": _pixels},
    "matplotlib.pyplot": {"imread": _pixels},
    "torchvision.io": {"read_image": _picture_tensor, "decode_image": _picture_tensor},
    "torchaudio": {"load": _sound_tensor},
    "librosa": {"load": _sound},
    "soundfile": {"read": _sound},
    "numpy": dict.fromkeys(("load", "loadtxt", "genfromtxt", "fromfile"), _unknown("file")),
    "pandas": dict.fromkeys(
        ("read_csv", "read_parquet", "read_pickle", "read_json", "read_excel", "read_table"),
        _unknown("file"),
    ),
    "scipy.io": {"loadmat": _unknown("file")},
    "h5py": {"File": _unknown("file")},
    "json": dict.fromkeys(("load", "loads"), _unknown("file")),
    "yaml": dict.fromkeys(("load", "safe_load", "full_load", "load_all"), _unknown("file")),
    "toml": dict.fromkeys(("load", "loads"), _unknown("file")),
    "tomllib": dict.fromkeys(("load", "loads"), _unknown("file")),
    "omegaconf": {"OmegaConf.load": _unknown("file")},
    "builtins": {"open": _unknown("file")},
    "io": {"open": _unknown("file")},
}
"""By module and function, what stands in for what it reads."""


def standing_in(name: str, make: Make, notes: Notes) -> Callable[[Any], Any]:
    """Makes a function that gives what `make` does where the original cannot read."""

    def wrap(original: Any) -> Any:
        @functools.wraps(original)
        def read(*args: Any, **kwargs: Any) -> Any:
            unknown = next((each for each in (*args, *kwargs.values()) if isinstance(each, Unknown)), None)
            if unknown is not None:
                return _of_unknown(unknown, make, notes)
            try:
                result = original(*args, **kwargs)
            except Exception as error:
                if not _stands_in(error, sys._getframe(1), name, args, notes):
                    raise
                return _made(make, notes, _called(args, kwargs))
            # OpenCV gives None for a file that is not there.
            return (
                _made(make, notes, _called(args, kwargs)) if result is None and name == "imread" else result
            )

        return read

    return wrap


def _of_unknown(unknown: Unknown, make: Make, notes: Notes) -> Any:
    source = source_of(unknown)
    return (
        _made(make, notes, source.written or source.root)
        if make in (_picture, _pixels, _weights)
        else unknown
    )


def _made(make: Make, notes: Notes, called: str) -> Any:
    """What stands in for a file, which is told of by its name: `best.pt` of `torch.load("checkpoints/best.pt")`."""
    made = make(notes, Path(called).name or called)
    return Unknown(replace(source_of(made), written=called)) if isinstance(made, Unknown) else made


def _stands_in(error: Exception, frame: FrameType, name: str, args: tuple[Any, ...], notes: Notes) -> bool:
    """Whether it is for want of the file, or of the network, and nobody deals with it."""
    wanting = isinstance(error, (OSError, EOFError)) or "download" in name or "url" in name
    wanting = wanting or (name == "load" and bool(args) and args[0] is None)  # the option was not given
    if name == "open":
        mode = str(args[1]) if len(args) > 1 else "r"
        wanting = wanting and not set(mode) & set("wax+") and _is_users(frame, notes)
    return wanting and not notes.is_handled(error, frame)


def _is_users(frame: FrameType | None, notes: Notes) -> bool:
    """Whether the user's own code opens a file, be it by `Path.open`."""
    while frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] == "pathlib":
        frame = frame.f_back
    return frame is not None and notes.user_code.is_user(frame.f_code.co_filename)


def _called(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    """What is read: `checkpoints/best.pt` of `torch.load("checkpoints/best.pt")`."""
    first = next(iter((*args, *kwargs.values())), "")
    if isinstance(first, os.PathLike):
        return str(first)
    return "a checkpoint" if first is None else str(getattr(first, "name", first))


def kind_of(error: BaseException) -> AssumedKind:
    """What is missing, by the error that its absence raises."""
    if isinstance(error, ModuleNotFoundError):
        return "library"
    file = getattr(error, "filename", None)
    if isinstance(error, OSError) and file:
        return kind_of_file(str(file))
    # What is refused to a check has no file of its own.
    return "call" if isinstance(error, PermissionError) and not file else "data"


def kind_of_file(name: str) -> AssumedKind:
    """Whether a file is one of weights, by its name."""
    return "checkpoint" if Path(name).suffix.lower() in _SUFFIXES else "file"


def name_of(error: BaseException) -> str:
    """What is missing, as the user calls it; empty where the error does not say."""
    if isinstance(error, ModuleNotFoundError):
        return (error.name or "").partition(".")[0]
    file = getattr(error, "filename", None)
    return Path(os.fsdecode(file)).name if isinstance(file, (str, bytes, os.PathLike)) else ""
