"""Define the error that stops the local cloud; its message is one line that tells the developer what to do."""


class LocalCloudError(Exception):
    """The local cloud cannot start or continue; the message is for the developer."""
