"""The real kernels of the ttnn wheel as a corpus: which compile against the emulator's headers, and what is missing.

Nothing of the wheel is copied: its files are read where they stand.
"""
