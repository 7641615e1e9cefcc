"""Entry point of a gate's process: `python -I -B -u child.py run.json`. Runs pytest on the sealed files, nothing else.

What the candidate's tree could slip in is out of effect: isolated mode drops PYTHON* variables and the working folder
from the path, no conftest, no configuration file but the runner's, no third-party plugins, no cache.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(config_path: str) -> int:
    """Run the gates that the configuration names; pytest's exit status."""
    try:
        import op_pipeline  # noqa: F401, PLC0415 - is it importable in isolated mode?
    except ImportError:  # run from a source tree that is not installed
        sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import pytest  # noqa: PLC0415

    from op_pipeline.gates.kit.plugin import KitPlugin  # noqa: PLC0415
    from op_pipeline.gates.stream import StreamPlugin  # noqa: PLC0415

    config = json.loads(Path(config_path).read_text(encoding="utf-8"))
    arguments = [
        *("-c", config["ini"]),
        f"--rootdir={config['root']}",
        f"--confcutdir={config['root']}",
        "--noconftest",
        "--import-mode=importlib",
        "--assert=plain",
        "--strict-markers",
        "--show-capture=no",
        "--tb=short",
        "--color=no",
        "-v",
        *("-p", "no:cacheprovider"),
        *config["pytest_args"],
        *config["files"],
    ]
    return int(pytest.main(arguments, plugins=[StreamPlugin(Path(config["stream"])), KitPlugin(config)]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
