"""What project code a Python job reaches, found by reading it."""
