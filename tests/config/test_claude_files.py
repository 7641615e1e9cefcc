"""Agents to and from Claude Code: nothing shared is lost, nothing is dropped in silence, mistakes have lines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from op_pipeline.config import export_agent, import_agent, load_agents, read_agent, render_prompt
from op_pipeline.config.agents import AgentSpec
from op_pipeline.config.claude_files import SHARED, split_list
from op_pipeline.config.yaml_text import entry
from op_pipeline.errors import ConfigError
from op_pipeline.spec import load_spec
from op_pipeline.yamlfile import parse_yaml

ROOT = Path(__file__).resolve().parents[2]
SWISH = load_spec(ROOT / "examples/swish/spec.md")
# As Claude Code's own generator writes it: quoted, with escaped escapes.
QUOTED = r"""---
name: op-builder
description: "Use this agent when building an op. Invoke it when:\\n- it's new\\n- \"fast\" matters\\n\\nExamples:\\n<example>\\nuser: \"Build it\"\\n</example>"
model: opus
color: pink
---

You build operations.

```cpp
CoreRange r{{0, 0}, {7, 7}};
```
"""
# Plain, which is no YAML, since `: ` occurs within; Claude Code reads it all the same.
PLAIN = r"""---
name: factory-helper
description: Builds stages 4-6.\n\nExamples:\n\n<example>\nContext: User has code.\nuser: "The spec is at a/b.md."\n</example>
model: opus
color: blue
---

You translate.
"""
FULL = """\
---
name: reviewer
description: Reviews.
tools: Read, Bash(git log:*, git diff:*), mcp__ops__run
disallowedTools: [Write]
model: claude-opus-5-5
permissionMode: plan
maxTurns: 12
skills: kernels, gates
mcpServers:
  - ops
  - other: {type: stdio, command: x, args: ["-a", "1"]}
hooks:
  PreToolUse:
    - matcher: Bash
      hooks: [{type: command, command: "./check.sh"}]
memory: project
background: true
effort: xhigh
isolation: worktree
color: cyan
initialPrompt: |
  Begin.

  Then go on.
criticalSystemReminder: "Yes: no"
futureKey: {nested: [1, 2.5, true, null], text: "a\\nb"}
---
Review it.
"""


def put(folder: Path, text: str, name: str = "agent.md") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def brought_in(folder: Path, text: str) -> AgentSpec:
    """The agent after import, as the program reads it."""
    converted = import_agent(put(folder, text))
    path = folder / f"{converted.name}.yaml"
    path.write_text(converted.text, encoding="utf-8", newline="")
    return read_agent(path, None)


def header(text: str) -> Any:
    return yaml.safe_load(text.split("\n---\n", maxsplit=1)[0])


def shared(agent: AgentSpec) -> dict[str, Any]:
    """What both sides know, the prompt up to line breaks at its ends, and what is carried."""
    values = {name: getattr(agent, name) for name in SHARED.values()}
    return {**values, "prompt": agent.prompt.strip("\n"), "frontmatter": agent.pipeline.frontmatter}


@pytest.mark.parametrize(
    ("text", "who", "first", "lines"),
    [
        (QUOTED, ("op-builder", "pink"), "Use this agent when building an op. Invoke it when:", ["- it's new", '- "fast" matters', "Examples:", "<example>", 'user: "Build it"']),
        (PLAIN, ("factory-helper", "blue"), "Builds stages 4-6.", ["Examples:", "<example>", "Context: User has code.", 'user: "The spec is at a/b.md."']),
    ],
)  # fmt: skip
def test_descriptions_of_the_generator_become_readable(
    tmp_path: Path, text: str, who: tuple[str, str], first: str, lines: list[str]
) -> None:
    agent = brought_in(tmp_path, text)
    assert (agent.name, agent.color, agent.model) == (*who, "opus")
    said = agent.description.splitlines()
    assert said[0] == first
    assert [line for line in said[1:] if line and line != "</example>"] == lines
    written = (tmp_path / f"{who[0]}.yaml").read_text()
    assert "\\n" not in written
    assert "description: |-\n  " in written


def test_braces_of_a_foreign_prompt_stay_what_they_are(tmp_path: Path) -> None:
    agent = brought_in(tmp_path, QUOTED)
    assert "CoreRange r{{0, 0}, {7, 7}};" in render_prompt(agent, SWISH)
    assert export_agent(agent).text.endswith("```cpp\nCoreRange r{{0, 0}, {7, 7}};\n```\n")


@pytest.mark.parametrize(
    "body",
    [
        "{% raw %} x {% endraw %}", "{{{{ a }}}}", "{%- endraw -%}{{{#", "{{ operation }} and {{ other }}",
        "{% if x %}", "#} %} }}", "{# gone? #}", "ends in {{", "\ttab and trailing  \n\n   indented", "\u2028 \x85 \x07 é 🙂",
        "  first line is indented\nsecond is not", "- a: [b\n# c", "---\nrule\n---", "'quotes' \"and\" \\n escapes",
    ],
)  # fmt: skip
def test_any_prompt_survives_both_ways(tmp_path: Path, body: str) -> None:
    agent = brought_in(tmp_path, f"---\nname: a\ndescription: b\n---\n\n{body}\n")
    assert render_prompt(agent, SWISH).strip("\n") == body.replace("\r", "\n") or "{{ operation }}" in body
    assert export_agent(agent).text.partition("\n---\n")[2] == f"\n{body}\n"


def test_our_placeholders_are_taken_for_what_they_are(tmp_path: Path) -> None:
    agent = brought_in(tmp_path, "---\nname: a\ndescription: b\n---\nBuild {{ operation }} in {{ operation_path }}.\n")
    assert render_prompt(agent, SWISH) == f"Build swish in {SWISH.operation_path}.\n"


def test_every_key_of_claude_code_is_carried(tmp_path: Path) -> None:
    agent = brought_in(tmp_path, FULL)
    assert agent.tools == ("Read", "Bash(git log:*, git diff:*)", "mcp__ops__run")
    assert (agent.disallowed_tools, agent.skills, agent.effort) == (("Write",), ("kernels", "gates"), "xhigh")
    assert agent.initial_prompt == "Begin.\n\nThen go on.\n"
    assert (agent.memory, agent.background, agent.isolation, agent.permission_mode) == (
        "project", True, "worktree", "plan",
    )  # fmt: skip
    assert agent.pipeline.frontmatter == {
        "criticalSystemReminder": "Yes: no",
        "futureKey": {"nested": [1, 2.5, True, None], "text": "a\nb"},
    }
    before, after = header(FULL), header(export_agent(agent).text)
    assert (before.pop("tools"), before.pop("disallowedTools")) == (after.pop("tools"), [after.pop("disallowedTools")])
    assert before == after


def test_what_is_not_known_is_said(tmp_path: Path) -> None:
    remarks = import_agent(put(tmp_path, FULL.replace("color: cyan", "color:"))).remarks
    assert [remark.partition(":")[0] for remark in remarks] == [
        "color", "criticalSystemReminder", "futureKey", "pipeline.edits",
    ]  # fmt: skip
    assert "has no value; left out" in remarks[0]
    assert "kept as pipeline.frontmatter.futureKey" in remarks[2]


def test_missing_tools_are_said_on_the_way_in_and_written_on_the_way_out(tmp_path: Path) -> None:
    converted = import_agent(put(tmp_path, PLAIN))
    assert any(remark.startswith("tools: none named") for remark in converted.remarks)
    assert "tools:" not in converted.text.partition("prompt:")[0]
    out = export_agent(brought_in(tmp_path, PLAIN))
    assert "\ntools: Read, Glob, Grep, Edit, Write\n" in out.text
    assert any(remark.startswith("tools: the default") for remark in out.remarks)
    assert "maxTurns" not in out.text


@pytest.mark.parametrize("agent", load_agents(None), ids=lambda agent: agent.name)
def test_the_shipped_agents_come_back_as_they_went(tmp_path: Path, agent: AgentSpec) -> None:
    out = export_agent(agent)
    assert "Placeholders above stand for" in out.text
    assert any("pipeline.edits, pipeline.reads, pipeline.budgetUsd" in remark for remark in out.remarks)
    back = brought_in(tmp_path, out.text)
    assert shared(back) == shared(agent)
    assert export_agent(back).text == out.text


def test_keys_from_a_base_and_a_prompt_file_are_exported(tmp_path: Path) -> None:
    put(tmp_path, "name: base\ndescription: B.\nmodel: haiku\nprompt: P.\npipeline: {edits: [a/b]}\n", "base.yaml")
    put(tmp_path, "name: own\nextends: base.yaml\nprompt_file: own.md\ntools: [Read]\n", "own.yaml")
    put(tmp_path, "Say {{ pascal }}.", "own.md")
    text = export_agent(read_agent(tmp_path / "own.yaml", None)).text
    assert text.startswith(
        "---\nname: own\ndescription: B.\ntools: Read\nmodel: haiku\n---\n\nSay {{ pascal }}.\n\n<!--"
    )
    assert "- `{{ pascal }}`: its name in PascalCase\n<!-- /op-pipeline -->\n" in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("You are.\n", ["agent.md:1: no front matter"]),
        ("", ["agent.md:1: no front matter"]),
        ("---\nname: a\n", ["agent.md:1: the front matter is not closed by a line `---`"]),
        ("---\n---\nx\n", ["agent.md:2: name: required key is missing", "agent.md:2: description: required key is missing"]),
        ("---\nname: My Agent\ndescription: b\n---\nx\n", ["agent.md:2: name: 'My Agent' does not match ^[a-z][a-z0-9-]*$"]),
        ("---\nname: a\ndescription: b\nmaxTurns: many\n---\nx\n", ["agent.md:4: maxTurns: input should be a valid integer, unable to parse string as an integer"]),
        ("---\nname: a\ndescription: b\nmemory: projct\n---\nx\n", ["agent.md:4: memory: 'projct' is not one of user, project, local (did you mean 'project'?)"]),
        ("---\nname: a\nname: b\ndescription: b\n---\nx\n", ["agent.md:3: name: duplicate key, first on line 2"]),
        ("---\nname: a\ndescription: [b\nmodel: x\n---\nx\n", ["agent.md:4: not YAML: expected ',' or ']', but got ':'"]),
        ("---\nname: a\ndescription: b\nhooks: &x {}\nmcpServers: *x\n---\nx\n", ["agent.md:5: mcpServers: aliases are not supported; write the value again"]),
        ("---\nname: a\ndescription: b\n---\n \n\n", ["agent.md:4: prompt: the prompt is empty: nothing follows the front matter"]),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_their_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        import_agent(put(tmp_path, text))
    assert [str(problem) for problem in caught.value.problems] == expected


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "bytes.md").write_bytes(b"---\nname: \xff\n---\n")
    for name, reason in (("bytes.md", "not UTF-8 text"), ("none.md", "cannot be read: no such file")):
        with pytest.raises(ConfigError, match=re.escape(f"{name}: {reason}")):
            import_agent(tmp_path / name)


def test_windows_line_ends_and_a_byte_order_mark_are_no_obstacle(tmp_path: Path) -> None:
    agent = brought_in(tmp_path, "\ufeff" + PLAIN.replace("\n", "\r\n"))
    assert agent.prompt == "You translate.\n"
    assert agent.description.startswith("Builds stages 4-6.\n\nExamples:")


@pytest.mark.parametrize(
    ("text", "items"),
    [("Read, Write", ["Read", "Write"]), ("Bash(a, b), Read,", ["Bash(a, b)", "Read"]), ("*", ["*"]), (" ", [])],
)
def test_lists_in_one_line(text: str, items: list[str]) -> None:
    assert split_list(text) == items


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
KEYS = st.from_regex(r"[a-z][a-zA-Z]{2,9}", fullmatch=True).filter(lambda key: key not in SHARED)
LISTS = st.lists(WORDS, min_size=1, max_size=3)


@given(key=KEYS, value=JSON)
@settings(max_examples=150, deadline=None)
def test_yaml_that_is_written_reads_back(key: str, value: Any) -> None:
    read = parse_yaml(f"first: 1\n{entry(key, value)}\nlast: 1\n", "x")
    assert (read.problems, read.data) == ([], {"first": 1, key: value, "last": 1})


@given(
    description=WORDS.filter(lambda text: text.strip()),
    prompt=WORDS.filter(lambda text: text.strip()),
    more=st.fixed_dictionaries(
        {},
        optional={
            "tools": LISTS, "disallowedTools": LISTS, "skills": LISTS, "model": WORDS, "color": WORDS, "isolation": WORDS,
            "initialPrompt": WORDS, "hooks": st.dictionaries(KEYS, JSON, max_size=2), "background": st.booleans(),
            "memory": st.sampled_from(["user", "project", "local"]), "maxTurns": st.integers(1, 500),
            "mcpServers": st.lists(WORDS, max_size=2), "permissionMode": st.sampled_from(["plan", "dontAsk"]),
        },
    ),
    unknown=st.dictionaries(KEYS, JSON, max_size=2),
)  # fmt: skip
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_round_trip_keeps_every_shared_key(
    tmp_path: Path, description: str, prompt: str, more: dict[str, Any], unknown: dict[str, Any]
) -> None:
    data = {"name": "helper", "description": description, "prompt": "{% raw %}" + prompt + "{% endraw %}", **more}
    pipeline = {"edits": ["a/b"], "frontmatter": {key: value for key, value in unknown.items() if value is not None}}
    written = "\n".join(entry(key, value) for key, value in {**data, "pipeline": pipeline}.items())
    path = put(tmp_path, f"{written}\n", "helper.yaml")
    agent = read_agent(path, None)
    first = export_agent(agent).text
    back = brought_in(tmp_path, first)
    assert {**shared(back), "prompt": 0} == {**shared(agent), "prompt": 0}
    assert render_prompt(back, SWISH).strip("\n") == render_prompt(agent, SWISH).strip("\n")
    assert export_agent(back).text == first
