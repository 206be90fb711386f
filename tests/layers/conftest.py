"""What the tests of the layers share."""


def pytest_configure(config):
    # Keras 3.15 with NumPy 2 on saving; nothing of ours.
    config.addinivalue_line(
        "filterwarnings", "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"
    )
