"""The graph as a picture: one file per form. None of them looks at the disk or decides anything."""
