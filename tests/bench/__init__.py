"""Tests of what measures: that it looks at what tools make, and tells of every line."""
