"""Features of words, and their training-time augmentation."""

from seqtasks.features.capitalization_noise import CapitalizationNoise
from seqtasks.features.columns import WORD
from seqtasks.features.word_features import WordFeatures, normal_forms, split_tokens

__all__ = ["WORD", "CapitalizationNoise", "WordFeatures", "normal_forms", "split_tokens"]
