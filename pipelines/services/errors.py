"""What can be wrong with an address."""


class UnknownServiceError(ValueError):
    """An address that names nothing; the message names what exists."""


class MissingKeyError(RuntimeError):
    """A service that lacks its key; the message names the variable to set."""


class MissingExtraError(RuntimeError):
    """A service whose packages are not installed; the message names the extra to install."""
