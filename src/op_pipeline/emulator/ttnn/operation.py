"""Operations as attributes of `ttnn`: callable objects, not plain functions, as in the real module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Operation:
    """One operation. `function` is what it calls; `golden_function` may be attached by a test."""

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.python_fully_qualified_name = name
        self.function = function
        self.golden_function: Callable[..., Any] | None = None
        self.__name__ = name.rpartition(".")[2]
        self.__doc__ = function.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Launch the operation."""
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<operation {self.python_fully_qualified_name}>"
