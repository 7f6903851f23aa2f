"""`tidings smoke`: use a deployment from outside, right after it was deployed."""
