"""Options that make a run of the sentiment recipe small enough for tests."""

SMALL = ["--epochs", "2", "--units", "4", "--embedding-size", "8", "--filters", "4"]
SMALL += ["--batch-size", "128"]  # the embedded sample has 8,000 rows
