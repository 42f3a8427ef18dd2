"""What the papers print: mean PSNR (dB) and SSIM on the usual sets; and what the authors' weights give here.

Sources
-------
ECCV 2014 : Dong, Loy, He, Tang, "Learning a Deep Convolutional Network for Image Super-Resolution",
    doi:10.1007/978-3-319-10593-2_13
TPAMI 2015 : the same, "Image Super-Resolution Using Deep Convolutional Networks", doi:10.1109/TPAMI.2015.2439281,
    arXiv:1501.00092
"""

from dataclasses import dataclass

ECCV, TPAMI = "ECCV 2014", "TPAMI 2015"
EQUAL_DB = 0.01  # MATLAB's releases treat borders differently, which moves a mean by up to 0.006 dB
BICUBIC = "bicubic"
PICTURES = {"Set5": 5, "Set14": 14}  # of a set, without which a mean is not the set's
# The authors' networks, by the names that their files were published under.
NETWORKS = ("9-1-5(91 images)", "9-1-5(ImageNet)", "9-3-5(ImageNet)", "9-5-5(ImageNet)")
USUAL = NETWORKS[0]  # what a network is compared with that has the sizes of none in the papers
_SAME_SIZES = {"9-1-5": NETWORKS[0], "9-3-5": NETWORKS[2], "9-5-5": NETWORKS[3]}


@dataclass(frozen=True)
class Figure:
    """A mean that was printed: of which method, and where; ECCV 2014 has no SSIM in its tables."""

    psnr_db: float
    ssim: float | None
    method: str
    source: str


_NO_SSIM = (None, None, None)
# (set, method) -> where, PSNR and SSIM at x2, x3 and x4
_PRINTED: dict[tuple[str, str], tuple[str, tuple[float | None, ...], tuple[float | None, ...]]] = {
    ("Set5", BICUBIC): (TPAMI, (33.66, 30.39, 28.42), (0.9299, 0.8682, 0.8104)),
    ("Set14", BICUBIC): (TPAMI, (30.23, 27.54, 26.00), (0.8687, 0.7736, 0.7019)),
    ("Set5", NETWORKS[0]): (ECCV, (36.34, 32.39, 30.09), _NO_SSIM),
    ("Set14", NETWORKS[0]): (ECCV, (32.18, 29.00, 27.20), _NO_SSIM),
    ("Set5", NETWORKS[1]): (TPAMI, (None, 32.52, None), _NO_SSIM),
    ("Set5", NETWORKS[3]): (TPAMI, (36.66, 32.75, 30.49), (0.9542, 0.9090, 0.8628)),
    ("Set14", NETWORKS[3]): (TPAMI, (32.45, 29.30, 27.50), (0.9067, 0.8215, 0.7513)),
}
# Mean PSNR and SSIM that the authors' weights give here: what docs/models.md shows beside ours.
AUTHORS_HERE = {
    ("Set5", "9-1-5", 2): (36.342, 0.9521),
    ("Set5", "9-1-5", 3): (32.390, 0.9033),
    ("Set5", "9-1-5", 4): (30.081, 0.8530),
    ("Set14", "9-1-5", 2): (32.176, 0.9039),
    ("Set14", "9-1-5", 3): (29.003, 0.8145),
    ("Set14", "9-1-5", 4): (27.202, 0.7413),
    ("Set5", "9-5-5", 2): (36.664, 0.9542),
    ("Set5", "9-5-5", 3): (32.750, 0.9090),
    ("Set5", "9-5-5", 4): (30.484, 0.8628),
    ("Set14", "9-5-5", 2): (32.459, 0.9067),
    ("Set14", "9-5-5", 3): (29.296, 0.8215),
    ("Set14", "9-5-5", 4): (27.502, 0.7513),
}


def printed(set_name: str, method: str, scale: int) -> Figure | None:
    """The printed mean of a method (BICUBIC or one of NETWORKS) on a set; None where the papers have none."""
    source, psnrs, ssims = _PRINTED.get((set_name, method), ("", _NO_SSIM, _NO_SSIM))
    psnr_db, ssim = dict(zip((2, 3, 4), zip(psnrs, ssims, strict=True), strict=True)).get(scale, (None, None))
    return None if psnr_db is None else Figure(psnr_db, ssim, method, source)


def comparable(set_name: str, arch: str, scale: int) -> Figure | None:
    """What a network that is none of the authors' is held against: theirs of the same sizes, or else their 9-1-5."""
    same = _SAME_SIZES.get(arch, USUAL)
    return printed(set_name, same, scale) or printed(set_name, USUAL, scale)
