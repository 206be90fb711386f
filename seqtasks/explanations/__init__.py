"""Why a run predicts what it does: contributions of words to labels and tags."""

from seqtasks.explanations.explain import KINDS, explain
from seqtasks.explanations.explanation import Explanation, WordContribution
from seqtasks.explanations.integrated_gradients import integrated_gradients

__all__ = ["KINDS", "Explanation", "WordContribution", "explain", "integrated_gradients"]
