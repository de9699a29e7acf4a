"""What all tests share: `--update`, and one folder of fixtures, checked once for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from fullgraph.check.run import close_workers, shared_workers
from fullgraph.model import Report

from tests.checking import Checking, run_check

# How long an example takes is the machine's affair.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="accept what the fixtures render to now")


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update"))


MOST_PROJECTS = 6
"""Each test in a folder of its own starts a worker of 400 MB."""


@pytest.fixture(autouse=True)
def few_workers() -> Iterator[None]:
    yield
    if shared_workers().projects > MOST_PROJECTS:
        close_workers()


@pytest.fixture(scope="session")
def checking() -> Iterator[Checking]:
    """The real pipeline, with this interpreter. Workers stay warm, as long as they are few."""

    def run(*paths: Path, **options: Any) -> Report:
        return run_check(paths, **options)

    yield run
    close_workers()
