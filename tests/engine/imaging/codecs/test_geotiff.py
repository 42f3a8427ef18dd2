"""The georeference of a GeoTIFF is scaled with the image, so that points keep their places."""

from io import BytesIO

import numpy as np
import pytest
import tifffile

from engine.imaging.codecs import geotiff, image_files
from tests import corpus

SCALE, TIE_POINTS, MATRIX, KEYS = 33550, 33922, 34264, 34735
AREA, POINT = 1, 2
TIE_POINT_VALUES = (0.0, 0.0, 0.0, 350_807.4, 5_316_081.3, 0.0, 10.0, 4.0, 0.0, 351_807.4, 5_315_681.3, 0.0)
PIXEL_SCALE_VALUES = (100.0, 100.0, 0.0)
TRANSFORMATION = (99.0, 5.0, 0.0, 350_807.4, -4.0, -98.0, 0.0, 5_316_081.3, *(0.0,) * 7, 1.0)


def make_geotiff(tags, raster=AREA, **options):
    """Return a GeoTIFF file with tags whose values are float64."""
    keys = (1, 1, 0, 2, 1024, 0, 1, 1, 1025, 0, 1, raster)
    extra = [(tag, 12, len(values), values, True) for tag, values in tags.items()]
    extra.append((KEYS, 3, len(keys), keys, True))
    return corpus.tiff(corpus.texture(3), photometric="rgb", extratags=extra, **options)


def resized_geo_tags(content, across, down, name="a.tif"):
    """Return the geo tags of a file after its image was resized."""
    image = image_files.decode(content, name)
    resized = image_files.Image(
        corpus.texture(3).repeat(down, axis=0).repeat(across, axis=1),
        exif=geotiff.scale_georeference(image.exif, across, down),
    )
    with tifffile.TiffFile(BytesIO(corpus.encode_image(resized, name))) as file:
        tags = file.pages[0].tags
        return {tag: tags[tag].value for tag in (SCALE, TIE_POINTS, MATRIX, KEYS) if tag in tags}


@pytest.mark.parametrize("options", [{}, {"byteorder": ">"}, {"bigtiff": True}])
def test_pixel_scale_and_tie_points_of_an_area_raster_are_scaled(options):
    tags = resized_geo_tags(make_geotiff({SCALE: PIXEL_SCALE_VALUES, TIE_POINTS: TIE_POINT_VALUES}, **options), 3, 2)
    assert tags[SCALE] == pytest.approx((100 / 3, 50, 0))
    assert tags[TIE_POINTS][:6] == TIE_POINT_VALUES[:6]
    assert tags[TIE_POINTS][6:8] == pytest.approx((30, 8))
    assert tags[TIE_POINTS][9:] == TIE_POINT_VALUES[9:]
    assert tags[KEYS][-1] == AREA


def test_tie_points_of_a_point_raster_are_centers():
    """The center of pixel 0 at scale 3 is the center of pixel 1 of three: coordinate 1."""
    tags = resized_geo_tags(make_geotiff({SCALE: PIXEL_SCALE_VALUES, TIE_POINTS: TIE_POINT_VALUES}, POINT), 3, 3)
    assert tags[TIE_POINTS][:2] == pytest.approx((1, 1))
    assert tags[TIE_POINTS][6:8] == pytest.approx((31, 13))


@pytest.mark.parametrize(("raster", "center"), [(AREA, 0.0), (POINT, 0.5)])
def test_transformation_maps_each_point_to_the_same_place(raster, center):
    old = np.array(TRANSFORMATION).reshape(4, 4)
    new = np.array(resized_geo_tags(make_geotiff({MATRIX: TRANSFORMATION}, raster), 4, 2)[MATRIX]).reshape(4, 4)
    for x, y in ((0.0, 0.0), (5.5, 3.25), (28.0, 20.0)):  # measured from the corner, in pixels of the input
        before = old @ (x - center, y - center, 0, 1)
        after = new @ (4 * x - center, 2 * y - center, 0, 1)
        np.testing.assert_allclose(after, before)


def test_other_images_are_not_changed():
    assert geotiff.scale_georeference(None, 2, 2) is None
    assert geotiff.scale_georeference(corpus.camera_exif(), 2, 2) == corpus.camera_exif()
    assert geotiff.scale_georeference(b"junk", 2, 2) == b"junk"
    content = image_files.decode(make_geotiff({SCALE: PIXEL_SCALE_VALUES}), "a.tif").exif
    assert geotiff.scale_georeference(content, 1, 1) == content


@pytest.mark.parametrize("tags", [{SCALE: (1.0,)}, {TIE_POINTS: (1.0, 2.0)}, {MATRIX: (1.0,) * 12}])
def test_tags_of_a_wrong_length_are_kept_as_they_are(tags):
    found = resized_geo_tags(make_geotiff(tags), 2, 2)
    for tag, values in tags.items():
        assert np.atleast_1d(found[tag]) == pytest.approx(values)


@pytest.mark.parametrize(
    "tags",
    [{SCALE: PIXEL_SCALE_VALUES, TIE_POINTS: TIE_POINT_VALUES}, {MATRIX: TRANSFORMATION}],
)
def test_each_pixel_of_a_cropped_image_keeps_its_place_on_the_map(tags):
    image = image_files.decode(make_geotiff(tags), "a.tif")
    cropped = image_files.Image(corpus.texture(3), exif=geotiff.shift_georeference(image.exif, 3, 7))
    with tifffile.TiffFile(BytesIO(corpus.encode_image(cropped, "a.tif"))) as file:
        stored = {tag: file.pages[0].tags[tag].value for tag in tags}
    if MATRIX in tags:
        before, after = (np.reshape(values, (4, 4)) for values in (TRANSFORMATION, stored[MATRIX]))
        assert after @ (10, 20, 0, 1) == pytest.approx(before @ (13, 27, 0, 1))
    else:
        before, after = (np.reshape(values, (2, 6)) for values in (TIE_POINT_VALUES, stored[TIE_POINTS]))
        assert np.allclose(after[:, :2], before[:, :2] - (3, 7))
        assert np.array_equal(after[:, 3:], before[:, 3:])
        assert stored[SCALE] == pytest.approx(PIXEL_SCALE_VALUES)


def test_georeference_of_an_image_without_offset_is_unchanged():
    image = image_files.decode(make_geotiff({MATRIX: TRANSFORMATION}), "a.tif")
    assert geotiff.shift_georeference(image.exif, 0, 0) is image.exif
    assert geotiff.shift_georeference(None, 3, 7) is None
