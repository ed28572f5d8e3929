"""What changes on the disk while `jobmake watch` goes on: seen, gathered, told, and built."""
