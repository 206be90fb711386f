"""Whole-sequence fast paths, one a backend; private."""
