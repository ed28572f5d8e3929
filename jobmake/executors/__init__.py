"""Where runs execute, one executor per file (an open set)."""
