"""Features of words, and their training-time augmentation."""

from seqtasks.features.capitalization_noise import CapitalizationNoise
from seqtasks.features.word_features import WordFeatures, normal_forms, split_tokens

__all__ = ["CapitalizationNoise", "WordFeatures", "normal_forms", "split_tokens"]
