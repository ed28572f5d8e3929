"""What jobmake is called, and the names of files that everything else is found by."""

VERSION = "0.1.0"
JOBFILE = "Jobfile.toml"
FOLDER = ".jobmake"  # our own, beside the Jobfile
