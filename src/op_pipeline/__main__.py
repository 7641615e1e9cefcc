"""`python -m op_pipeline` is the same program as `pipeline`."""

from __future__ import annotations

import sys

from op_pipeline.cli import main

if __name__ == "__main__":
    sys.exit(main())
