"""What the experiments are made on: synthetic problems and sentences from small grammars."""

from seqtasks.lab.problems.memory_problems import PROBLEMS, Problem
from seqtasks.lab.problems.sequence_problems import adding

__all__ = ["PROBLEMS", "Problem", "adding"]
