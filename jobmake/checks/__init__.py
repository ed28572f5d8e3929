"""Up-to-date rules, one per file (an open set)."""
