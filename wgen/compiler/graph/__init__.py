"""A flow as a picture: `draw` makes one drawing of it, and a writer for each format prints that drawing."""
