"""Runs Python jobs, in processes of their own."""
