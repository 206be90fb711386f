"""seqtasks: recurrent sequence models on Keras 3."""
