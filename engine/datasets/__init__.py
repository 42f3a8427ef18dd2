"""The pictures a model is trained and measured on, and the patch set cut from them."""
