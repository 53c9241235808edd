"""Who signs in, what they may do, and the secrets that prove it."""
