"""Subwords: learned by SentencePiece, cut in the graph."""
