"""Python values, typed and exact: kept in files, in JSON, in the texts of params."""
