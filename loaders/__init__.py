"""How many rows are read at once: selections, pages, cursors, counts, and the dataloaders of one operation."""
