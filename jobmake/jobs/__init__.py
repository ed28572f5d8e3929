"""What a target can be: one job type per file (an open set)."""
