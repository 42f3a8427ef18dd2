"""What the two figures say, in a sentence each, wherever they stand. No Qt."""

from srcnn_gui.runtime.translations import _


def psnr() -> str:
    """Peak signal-to-noise ratio."""
    return _("PSNR: how near the pixels are to the ground truth, in decibels. 1 dB more is 21 % less squared error.")


def ssim() -> str:
    """Structural similarity."""
    return _("SSIM: how alike the structures are to those of the ground truth, from 0 to 1; 1 is identical.")
