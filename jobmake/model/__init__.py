"""Frozen values of the engine, without any input or output."""
