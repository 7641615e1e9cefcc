"""Fixtures of gate tests, registered by the child process: a conftest could be replaced by the candidate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from op_pipeline.gates.kit.contract import Contract
from op_pipeline.gates.kit.design import Design
from op_pipeline.gates.kit.operation import Operation
from op_pipeline.gates.kit.surroundings import Surroundings
from op_pipeline.gates.workers.pair import Pair


class KitPlugin:
    """Holds the judge's configuration and its workers; the fixtures are documented in docs/gates.md."""

    def __init__(self, config: Mapping[str, Any], workers: Pair) -> None:
        self._config, self._workers = config, workers

    @pytest.fixture(scope="session")
    def surroundings(self) -> Iterator[Surroundings]:
        """Target, devices, work tree, seed."""
        around = Surroundings(self._config, self._workers)
        yield around
        around.close()

    @pytest.fixture(scope="module")
    def contract(self, request: pytest.FixtureRequest) -> Contract:
        """The sealed contract beside the test file."""
        return Contract.load(request.path.parent)

    @pytest.fixture(scope="module")
    def tree(self, surroundings: Surroundings) -> Any:
        """Root of the candidate's work tree."""
        return surroundings.tree

    @pytest.fixture(scope="module")
    def seed(self, surroundings: Surroundings) -> str:
        """Seed of this run; inputs follow from it."""
        return surroundings.seed

    @pytest.fixture(scope="module")
    def design(self, contract: Contract, surroundings: Surroundings) -> Design:
        """The planner's design document."""
        return Design.load(surroundings.tree, contract)

    @pytest.fixture(scope="module")
    def operation(self, contract: Contract, surroundings: Surroundings) -> Operation:
        """The candidate, built and loaded, with its inputs, golden and inspection."""
        return Operation(contract, surroundings)
