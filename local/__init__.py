"""Run Tidings on one machine, with local stand-ins for AWS and the providers. Never deployed."""
