"""The estimated quality of JPEG files, tested with files from libjpeg."""

from io import BytesIO

import numpy as np
import PIL.Image
import pytest

from engine.imaging.codecs import image_files, jpeg_quality

PIXELS = np.random.default_rng(0).integers(0, 256, (40, 48, 3), np.uint8)


def saved(mode="RGB", file_format="JPEG", **options):
    buffer = BytesIO()
    PIL.Image.fromarray(PIXELS).convert(mode).save(buffer, file_format, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("quality", [1, 5, 12, 25, 30, 49, 50, 51, 60, 74, 75, 84, 85, 90, 95, 97, 98, 99])
@pytest.mark.parametrize(
    "options", [{}, {"subsampling": "4:4:4"}, {"progressive": True}, {"mode": "L"}, {"icc_profile": b"x" * 70_000}]
)
def test_quality_of_libjpeg_is_estimated(quality, options):
    assert jpeg_quality.estimate(saved(quality=quality, **options)) == pytest.approx(
        quality, abs=1 if quality < 5 else 0
    )


def test_other_tables_get_the_quality_of_similar_tables():
    """The table is slightly coarser than quality 75 at low frequencies, and finer at high ones."""
    with PIL.Image.open(BytesIO(saved(quality=75))) as image:
        luma = np.array(image.quantization[0])
    changed = np.where(np.arange(64) < 32, luma + 2, luma - 2).tolist()
    content = saved(qtables=[changed, changed])
    assert abs(jpeg_quality.estimate(content) - 75) <= 1


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8", b"\xff\xd8\xff\xdb\x00\x43\x00", saved(file_format="PNG"), saved(file_format="WEBP")]
)
def test_other_and_damaged_files_have_no_quality(content, tmp_path):
    assert jpeg_quality.estimate(content) is None
    (tmp_path / "a").write_bytes(content)
    assert jpeg_quality.read(tmp_path / "a") is None


def test_missing_file_has_no_quality(tmp_path):
    assert jpeg_quality.read(tmp_path / "missing.jpg") is None


def test_decoded_image_has_quality(tmp_path):
    (tmp_path / "a.jpg").write_bytes(saved(quality=74))
    assert jpeg_quality.read(tmp_path / "a.jpg") == 74
    assert image_files.read(tmp_path / "a.jpg").jpeg_quality == 74
    (tmp_path / "a.png").write_bytes(saved(file_format="PNG"))
    assert image_files.read(tmp_path / "a.png").jpeg_quality is None
