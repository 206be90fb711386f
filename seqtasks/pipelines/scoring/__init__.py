"""Scores of predictors on corpora: of a run's test split, beside baselines, and of any corpus."""
