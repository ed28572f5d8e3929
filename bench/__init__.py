"""How quick jobmake is beside others, and how it fares in long trials. See README.md."""
