"""Published mean PSNR (dB) and SSIM on Set5 and Set14, and scores of the official weights here.

Sources
-------
ECCV 2014 : Dong, Loy, He, Tang, "Learning a Deep Convolutional Network for Image Super-Resolution",
    doi:10.1007/978-3-319-10593-2_13
TPAMI 2015 : Dong, Loy, He, Tang, "Image Super-Resolution Using Deep Convolutional Networks",
    doi:10.1109/TPAMI.2015.2439281, arXiv:1501.00092
ECCV 2016 : Dong, Loy, Tang, "Accelerating the Super-Resolution Convolutional Neural Network", arXiv:1608.00367
"""

from dataclasses import dataclass

ECCV, TPAMI, ECCV_2016 = "ECCV 2014", "TPAMI 2015", "ECCV 2016"
TOLERANCE_DB = 0.01  # MATLAB releases differ at image borders, which changes a mean by up to 0.006 dB
BICUBIC = "bicubic"
SET_SIZES = {"Set5": 5, "Set14": 14}  # number of images
# Names of the networks with official weights, as in the names of their files.
OFFICIAL_NETWORKS = ("9-1-5(91 images)", "9-1-5(ImageNet)", "9-3-5(ImageNet)", "9-5-5(ImageNet)")
DEFAULT_NETWORK = OFFICIAL_NETWORKS[0]  # for comparison with other architectures
FSRCNN = "FSRCNN(91 images)"  # FSRCNN(56, 12, 4), trained on T91 alone; its weights are not among the official ones
_METHODS_BY_ARCHITECTURE = {
    "9-1-5": OFFICIAL_NETWORKS[0],
    "9-3-5": OFFICIAL_NETWORKS[2],
    "9-5-5": OFFICIAL_NETWORKS[3],
    "fsrcnn-56-12-4": FSRCNN,
}


@dataclass(frozen=True)
class PublishedScore:
    """Published mean score of a method on a test set.

    Attributes
    ----------
    psnr_db : mean PSNR in dB
    ssim : mean SSIM, or None if this program does not list it
    method : BICUBIC, FSRCNN or an item of OFFICIAL_NETWORKS
    source : paper that published the score, such as "TPAMI 2015"
    """

    psnr_db: float
    ssim: float | None
    method: str
    source: str


_NO_SSIM = (None, None, None)
# (test set, method) -> source, PSNR and SSIM at x2, x3 and x4
_PUBLISHED: dict[tuple[str, str], tuple[str, tuple[float | None, ...], tuple[float | None, ...]]] = {
    ("Set5", BICUBIC): (TPAMI, (33.66, 30.39, 28.42), (0.9299, 0.8682, 0.8104)),
    ("Set14", BICUBIC): (TPAMI, (30.23, 27.54, 26.00), (0.8687, 0.7736, 0.7019)),
    ("Set5", OFFICIAL_NETWORKS[0]): (ECCV, (36.34, 32.39, 30.09), _NO_SSIM),
    ("Set14", OFFICIAL_NETWORKS[0]): (ECCV, (32.18, 29.00, 27.20), _NO_SSIM),
    ("Set5", OFFICIAL_NETWORKS[1]): (TPAMI, (None, 32.52, None), _NO_SSIM),
    ("Set5", OFFICIAL_NETWORKS[3]): (TPAMI, (36.66, 32.75, 30.49), (0.9542, 0.9090, 0.8628)),
    ("Set14", OFFICIAL_NETWORKS[3]): (TPAMI, (32.45, 29.30, 27.50), (0.9067, 0.8215, 0.7513)),
    ("Set5", FSRCNN): (ECCV_2016, (36.94, 33.06, 30.55), _NO_SSIM),
}
# Mean PSNR and SSIM of the official weights, measured with this program, for docs/models.md.
OFFICIAL_WEIGHTS_SCORES = {
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


def published_score(set_name: str, method: str, scale: int) -> PublishedScore | None:
    """Return the published mean score of a method on a test set, or None if there is none.

    Parameters
    ----------
    set_name : "Set5" or "Set14"
    method : BICUBIC, FSRCNN or an item of OFFICIAL_NETWORKS
    scale : scale factor
    """
    source, psnrs, ssims = _PUBLISHED.get((set_name, method), ("", _NO_SSIM, _NO_SSIM))
    psnr_db, ssim = dict(zip((2, 3, 4), zip(psnrs, ssims, strict=True), strict=True)).get(scale, (None, None))
    return None if psnr_db is None else PublishedScore(psnr_db, ssim, method, source)


def closest_published_score(set_name: str, arch: str, scale: int) -> PublishedScore | None:
    """Return the published mean score to compare a model of an architecture with.

    This is the score of the network with the same architecture, or otherwise the score of DEFAULT_NETWORK. None if
    neither is published for this test set and scale factor.

    Parameters
    ----------
    set_name : "Set5" or "Set14"
    arch : name of the architecture, such as "9-1-5"
    scale : scale factor
    """
    same = _METHODS_BY_ARCHITECTURE.get(arch, DEFAULT_NETWORK)
    return published_score(set_name, same, scale) or published_score(set_name, DEFAULT_NETWORK, scale)
