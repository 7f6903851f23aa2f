"""`tidings doctor`: check from outside everything that a deployment needs, one line each."""
