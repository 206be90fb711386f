"""Cells, and what takes them over sequences."""
