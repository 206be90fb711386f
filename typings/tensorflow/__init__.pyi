# TensorFlow without types: the stubs that checkers bundle lack much of what it has (operators of
# tensors, `RaggedTensor.from_row_lengths` ...), and what they say of the rest is often wrong.
from typing import Any

def __getattr__(name: str) -> Any: ...
