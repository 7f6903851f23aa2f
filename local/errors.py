"""What can keep the local cloud from starting: each error is one line that says what to do."""


class LocalCloudError(Exception):
    """The local cloud cannot start or go on; the message is for the developer."""
