"""What each part of the accuracy check catches: `python -m op_pipeline.testing.accuracy` writes docs/accuracy.md."""
