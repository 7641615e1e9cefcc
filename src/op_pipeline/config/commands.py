"""Other agent programs, as `[tool.op-pipeline.commands.NAME]` in pyproject.toml describes them."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from op_pipeline.errors import did_you_mean

PLACEHOLDERS = ("prompt_file", "tree", "stage", "operation", "attempt", "out_dir")
_FIELD = re.compile(r"\{([A-Za-z_]+)\}")
_VARIABLE = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*\*?$")


class CommandSettings(BaseModel):
    """How to start an agent program for one attempt."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    argv: Annotated[tuple[str, ...], Field(min_length=1)]
    """Program and arguments, each an item of its own; no shell. {prompt_file}, {tree}, {stage}, {operation}, {attempt}
    and {out_dir} are filled in; other braces stay as they are."""
    prompt: Literal["file", "stdin"] = "file"
    """How it gets the prompt: as a file named by {prompt_file}, or on its standard input."""
    env: tuple[str, ...] = ()
    """Variables of your environment it may see, besides PATH, HOME, locale, TMPDIR and TZ: NAME or PREFIX*."""
    timeout: Annotated[float, Field(gt=0)] | None = None
    """Most seconds one attempt may take, where that is less than the stage allows."""

    @field_validator("argv")
    @classmethod
    def _fields_are_known(cls, argv: tuple[str, ...]) -> tuple[str, ...]:
        if not argv[0].strip():
            raise ValueError("the program's name is empty")
        for name in (name for item in argv for name in _FIELD.findall(item)):
            if name not in PLACEHOLDERS:
                known = ", ".join(PLACEHOLDERS)
                raise ValueError(f"unknown placeholder {{{name}}}{did_you_mean(name, PLACEHOLDERS)}; known: {known}")
        return argv

    @field_validator("env")
    @classmethod
    def _names_only(cls, env: tuple[str, ...]) -> tuple[str, ...]:
        for name in env:
            if not _VARIABLE.match(name):
                # The value is not repeated: somebody may have written a key where its name belongs.
                raise ValueError(
                    "each item is the name of a variable, or the start of names and *; values stay outside"
                )
        return env

    @model_validator(mode="after")
    def _prompt_arrives(self) -> CommandSettings:
        if self.prompt == "file" and not any("{prompt_file}" in item for item in self.argv):
            raise ValueError('nothing gives it the prompt: name {prompt_file} in argv, or set prompt = "stdin"')
        return self

    def filled(self, **values: str) -> tuple[str, ...]:
        """The arguments with their placeholders filled in; all of PLACEHOLDERS must be given."""
        return tuple(_FIELD.sub(lambda match: values[match[1]], item) for item in self.argv)

    def allows(self, variable: str) -> bool:
        """Whether the program may see this variable."""
        return any(variable.startswith(n[:-1]) if n.endswith("*") else variable == n for n in self.env)
