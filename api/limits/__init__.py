"""What nobody gets past: rates, answers at the same time, and budgets of model use."""
