"""What can be seen of a running installation: request lines, logs without secrets, metrics, traces, readiness."""
