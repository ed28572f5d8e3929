"""From TOML text to declarations, from declarations to targets, from targets to the graph."""
