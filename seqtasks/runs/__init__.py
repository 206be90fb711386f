"""Runs: trained tasks in folders and in the hand."""
