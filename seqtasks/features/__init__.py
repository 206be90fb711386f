"""What models see of words, and what training does to them."""

from seqtasks.features.capitalization_noise import Respelling
from seqtasks.features.word_features import WordFeatures, normal_forms, split_tokens

__all__ = ["Respelling", "WordFeatures", "normal_forms", "split_tokens"]
