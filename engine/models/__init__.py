"""What a model is: its information, the catalog, the user's library, and the formats of weights."""
