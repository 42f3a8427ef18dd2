"""The upscale job: read, plan tiles, render each tile, put it in place."""
