"""Where outputs are kept, one file per kind (an open set)."""
