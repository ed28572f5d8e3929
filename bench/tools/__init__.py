"""The tools that are measured: what each is told of a graph, in its own language."""
