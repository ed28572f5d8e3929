"""What turns events into something a person or a program reads (an open set)."""
