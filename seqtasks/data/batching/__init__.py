"""Rows and running text -> batches."""
