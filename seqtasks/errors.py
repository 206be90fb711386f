"""The one error that is the user's to mend, not ours."""


class InputError(ValueError):
    """What a user gave cannot work: says where, what was expected, what came, what to do.

    Command lines print its message without a traceback.
    """
