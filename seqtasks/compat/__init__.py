"""Functions with the names and arguments of libraries that are no longer maintained."""

from seqtasks.compat import tfa

__all__ = ["tfa"]
