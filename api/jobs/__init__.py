"""Long work that survives its process: what jobs are, what kinds there are, and the queue that runs them."""
