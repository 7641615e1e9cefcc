"""The host side of an operation in Python: entry point, validation and program descriptor on ttnn.generic_op.

The design is that of the C++ flow. What it says in C++ (counts, conditions, scalars, helper functions) is translated,
so that both flows compute the same program.
"""
