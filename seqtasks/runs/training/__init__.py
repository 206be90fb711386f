"""Trains runs and experiments into their folders: what `seqtasks.train` does."""
