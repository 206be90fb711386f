"""What a network must beat to earn its keep: classical models on the same split."""

from seqtasks.baselines.bag_of_words import bag_of_words, bag_of_words_labels
from seqtasks.baselines.frequent_tags import most_frequent_tags
from seqtasks.baselines.kneser_ney import kneser_ney, ngram_perplexities

__all__ = [
    "bag_of_words",
    "bag_of_words_labels",
    "kneser_ney",
    "most_frequent_tags",
    "ngram_perplexities",
]
