"""What `jobmake doctor` looks for: one file per group of findings. All of it only reads."""
