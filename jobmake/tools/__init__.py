"""Small tools that know nothing of building: text, bytes, files, processes."""
