"""Files that are copied into the overlay and run there by path, outside of this package: standard library only."""
