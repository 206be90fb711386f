"""The rows of the catalogue for the checks that take seconds each.

Apart from it, for the probe of the backends reads the catalogue where pytest may not be installed.
"""

import pytest
from catalogue import LAYERS

# The cells inside `RNN` are left to the slow run.
HEAVY = [
    pytest.param(name, marks=pytest.mark.slow) if name.startswith("RNN ") else name
    for name in LAYERS
]
