"""Upscaling of one image: the request, the job, its events, and the rendering of tiles."""
