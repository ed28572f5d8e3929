"""Plan, judge, run, record: the loop and what it asks."""
