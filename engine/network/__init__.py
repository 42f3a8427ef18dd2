"""The network: its three convolutions, its weights on disk, and the device it runs on. This is the torch half."""
