"""`tidings doctor`: everything that a deployment needs, looked at from outside, a line each."""
