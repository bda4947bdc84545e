"""The error of a stack that cannot start."""


class StartupError(Exception):
    """The stack cannot start; the message says in one line what is wrong and what to do."""
