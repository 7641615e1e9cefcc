"""Whether there is anything to reach a model with, and which variables of the user's go to the CLI."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

# What other programs set for themselves must not steer a run, but gateways and clouds must work.
PASSED_ON = frozenset(
    {
        *("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "ANTHROPIC_CUSTOM_HEADERS"),
        *("CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS"),
        *("CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_SKIP_BEDROCK_AUTH", "ANTHROPIC_BEDROCK_BASE_URL"),
        *("CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_SKIP_VERTEX_AUTH", "ANTHROPIC_VERTEX_BASE_URL"),
        *("ANTHROPIC_VERTEX_PROJECT_ID", "ANTHROPIC_SMALL_FAST_MODEL", "ANTHROPIC_SMALL_FAST_MODEL_AWS_REGION"),
        *("CLAUDE_CODE_USE_FOUNDRY", "CLAUDE_CODE_SKIP_FOUNDRY_AUTH", "ANTHROPIC_FOUNDRY_BASE_URL"),
        *("ANTHROPIC_FOUNDRY_API_KEY", "ANTHROPIC_FOUNDRY_RESOURCE"),
        *("ANTHROPIC_DEFAULT_OPUS_MODEL", "ANTHROPIC_DEFAULT_SONNET_MODEL", "ANTHROPIC_DEFAULT_HAIKU_MODEL"),
    }
)
# Hidden from the shell commands of an agent.
SECRETS = (
    *("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_CUSTOM_HEADERS", "ANTHROPIC_FOUNDRY_API_KEY"),
    *("CLAUDE_CODE_OAUTH_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_BEDROCK"),
)
_KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN")
_CLOUDS = {
    "CLAUDE_CODE_USE_BEDROCK": "Bedrock",
    "CLAUDE_CODE_USE_VERTEX": "Vertex",
    "CLAUDE_CODE_USE_FOUNDRY": "Foundry",
}
_OFF = frozenset({"", "0", "false", "no", "off"})


class Credentials(NamedTuple):
    """Whether a model can be asked, and the reason in words that fit after "because"."""

    found: bool
    why: str


def find_credentials(environment: Mapping[str, str] | None = None) -> Credentials:
    """Look for a cloud's switch, a key or a token among the variables; nothing is sent anywhere."""
    environment = os.environ if environment is None else environment
    for name, cloud in _CLOUDS.items():
        if environment.get(name, "").strip().lower() not in _OFF:
            return Credentials(found=True, why=f"{name} is set ({cloud})")
    for name in _KEYS:
        if environment.get(name, "").strip():
            gateway = " for ANTHROPIC_BASE_URL" if environment.get("ANTHROPIC_BASE_URL") else ""
            return Credentials(found=True, why=f"{name} is set{gateway}")
    names = [*_KEYS, *_CLOUDS]
    return Credentials(found=False, why=f"none of {', '.join(names[:-1])} and {names[-1]} is set")
