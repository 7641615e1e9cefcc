"""op-pipeline: from the specification of one TTNN operation to a tested, committed implementation."""

__version__ = "0.1.0"
