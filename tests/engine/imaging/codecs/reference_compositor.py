"""Composition of animations pixel by pixel, as the APNG and GIF specifications describe it."""

from fractions import Fraction

import numpy as np

KEEP, CLEAR, RESTORE = 0, 1, 2  # APNG: dispose_op NONE, BACKGROUND, PREVIOUS; GIF: disposal 1, 2, 3
REPLACE, OVER = 0, 1


def compose(frames, width, height):
    """Return the displayed frames: (H, W, 4) uint8 arrays, in which fully transparent pixels are 0.

    Each item of `frames` starts with (RGBA samples, left, top, dispose, blend). Further values are ignored.
    """
    canvas = {(x, y): (0, 0, 0, 0) for x in range(width) for y in range(height)}
    shown = []
    for index, (samples, left, top, dispose, blend, *_) in enumerate(frames):
        before = dict(canvas)
        inside = [
            (x, y) for y in range(samples.shape[0]) for x in range(samples.shape[1])
            if x + left < width and y + top < height
        ]  # fmt: skip
        for x, y in inside:
            place, drawn = (x + left, y + top), tuple(int(value) for value in samples[y, x])
            canvas[place] = _over(drawn, canvas[place]) if blend == OVER else drawn
        shown.append(_array(canvas, width, height))
        if dispose == CLEAR or (dispose == RESTORE and index == 0):
            canvas.update({(x + left, y + top): (0, 0, 0, 0) for x, y in inside})
        elif dispose == RESTORE:
            canvas = before
    return shown


def _over(upper, lower):
    upper_alpha, lower_alpha = Fraction(upper[3], 255), Fraction(lower[3], 255)
    alpha = upper_alpha + (1 - upper_alpha) * lower_alpha
    if not alpha:
        return (0, 0, 0, 0)
    color = [
        (one * upper_alpha + other * lower_alpha * (1 - upper_alpha)) / alpha
        for one, other in zip(upper[:3], lower[:3], strict=True)
    ]
    return (*(round(value) for value in color), round(alpha * 255))


def _array(canvas, width, height):
    made = np.array([[canvas[x, y] for x in range(width)] for y in range(height)], np.uint8)
    return np.where(made[:, :, 3:] > 0, made, 0)
