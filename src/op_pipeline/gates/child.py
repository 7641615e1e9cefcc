"""Entry point of the judge: `python -I -B -u child.py < request`. Runs pytest on the sealed files, nothing else.

No candidate code is loaded here: two workers run that, and what they answer is data. What the candidate's tree could
slip in is out of effect: isolated mode drops PYTHON* variables and the working folder from the path, no conftest, no
configuration file but the runner's, no third-party plugins, no cache. The request holds the seed and the key of the
stream; it is read from a file without a name, which no other process can open.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path
from typing import Any


def main() -> int:
    """Run the gates that the request names; pytest's exit status."""
    gc.disable()  # modules do not become garbage
    try:
        import op_pipeline  # noqa: F401, PLC0415 - is it importable in isolated mode?
    except ImportError:  # run from a source tree that is not installed
        sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from op_pipeline.gates.workers.pair import Pair  # noqa: PLC0415
    from op_pipeline.sandbox.launch import undumpable  # noqa: PLC0415

    request = json.load(sys.stdin)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    undumpable()
    workers = Pair.of(request["config"])
    try:
        workers.start(request["config"]["start"])
        return _run(request["config"], bytes.fromhex(request["key"]), workers)
    finally:
        workers.close()


def _run(config: dict[str, Any], key: bytes, workers: Any) -> int:
    import pytest  # noqa: PLC0415

    from op_pipeline.gates.kit.plugin import KitPlugin  # noqa: PLC0415
    from op_pipeline.gates.stream import StreamPlugin  # noqa: PLC0415

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
    plugins = [StreamPlugin(Path(config["stream"]), key), KitPlugin(config, workers)]
    gc.freeze()
    gc.enable()
    return int(pytest.main(arguments, plugins=plugins))


if __name__ == "__main__":
    sys.exit(main())
