"""Record every AWS call with a transparent proxy in front of MiniStack: caller, operation and resource."""
