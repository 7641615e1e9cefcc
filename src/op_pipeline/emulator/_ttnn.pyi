# Names of the C++ module; its objects carry their own signatures (nanobind), which mypy does not need.
from typing import Any

def __getattr__(name: str) -> Any: ...
