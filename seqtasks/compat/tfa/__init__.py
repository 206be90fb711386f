"""TensorFlow Addons' names where code would otherwise have to be rewritten.

    from seqtasks.compat import tfa          # was: import tensorflow_addons as tfa

    log_p, transitions = tfa.text.crf_log_likelihood(inputs, tags, lengths, transitions)

Thin functions on any Keras backend, with Addons' arguments in Addons' order.
For the classes that are not here `docs/migration.md` says what to write now.
"""

from seqtasks.compat.tfa import rnn, seq2seq, text

__all__ = ["rnn", "seq2seq", "text"]
