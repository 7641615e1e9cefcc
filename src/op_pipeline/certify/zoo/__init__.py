"""The zoo: every way of making an operation wrong that is known here, by level.

To add a mutation, write a function from Candidate to mutants and give it a row in the table of its module. One that
finds no place to change raises NotApplicable with the reason.
"""

from __future__ import annotations

from op_pipeline.certify.zoo.base import Candidate, Mutant, Mutation, NotApplicable, read_candidate
from op_pipeline.certify.zoo.compute import COMPUTE
from op_pipeline.certify.zoo.dataflow import DATAFLOW
from op_pipeline.certify.zoo.descriptor import DESCRIPTOR
from op_pipeline.certify.zoo.families import FAMILIES
from op_pipeline.certify.zoo.host import HOST
from op_pipeline.certify.zoo.places import PLACES
from op_pipeline.certify.zoo.split import SPLIT

MUTATIONS: tuple[Mutation, ...] = (*COMPUTE, *FAMILIES, *DATAFLOW, *PLACES, *SPLIT, *DESCRIPTOR, *HOST)

__all__ = ["MUTATIONS", "Candidate", "Mutant", "Mutation", "NotApplicable", "read_candidate"]
