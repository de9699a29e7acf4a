"""What stands for the settings of a library that is not installed keeps what it is given, and reads nothing."""

from __future__ import annotations

import pytest
from fullgraph.tracing.load.stand_ins.containers import made


def _error() -> ModuleNotFoundError:
    return ModuleNotFoundError("No module named 'yacs'", name="yacs")


def test_what_the_library_would_read_needs_the_library() -> None:
    settings = made(_error, ({"net": {"width": 8}},), {"depth": 2})
    assert settings is not None
    assert settings == {"net": {"width": 8}, "depth": 2}
    with pytest.raises(ModuleNotFoundError, match="yacs"):
        settings.net.merge_from_file("net.yaml")


def test_a_text_is_not_settings() -> None:
    assert made(_error, ("a: 1",), {}) is None
