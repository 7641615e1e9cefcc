"""Processes that run candidate code for the judge, and the judge's ends of the wires to them.

`host` loads the built operation and only describes what its calls would launch; `device` runs described programs and
loads no candidate host code. Neither knows goldens, seeds or verdicts. What they answer is data to be checked.
"""
