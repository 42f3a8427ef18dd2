"""Models: specifications, the catalog, the user's library, and file formats for weights."""
