"""What the jobs of this example stand on. Knows pictures and numbers, and no jobs."""
