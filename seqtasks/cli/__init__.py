"""The `seqtasks` command: parsing and printing, nothing else."""

from seqtasks.cli.main import main

__all__ = ["main"]
