"""Small corpora written for this project, so that every task runs without a download."""
