"""The local cloud: everything that AWS and the providers do for Tidings, on one machine. Never deployed."""
