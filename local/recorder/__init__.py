"""A transparent proxy in front of MiniStack that writes down every AWS call: who called what on which resource."""
