"""Build files of other tools, read and written down as a Jobfile: one tool per file."""
