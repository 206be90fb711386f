"""Pipelines: one file a shape of problem."""
