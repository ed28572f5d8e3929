"""What a Python job is made of, and sees while it runs."""
