"""Halo, parameter count and multiplications of a model, compared with values computed by hand."""

import pytest

from engine.errors import InvalidSetting
from engine.models import registry
from engine.models.architectures.compact import Compact
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import Convolution, ModelInfo


@pytest.mark.parametrize(
    ("size", "upsampling", "halo_px"), [(1, 1, 0), (3, 1, 1), (9, 1, 4), (9, 2, 2), (9, 3, 2), (9, 4, 1), (9, 8, 1)]
)
def test_halo_of_layer_depends_on_size_and_upsampling(size, upsampling, halo_px):
    assert Convolution("a", 1, 1, size, upsampling=upsampling).halo_px == halo_px


@pytest.mark.parametrize(("activation", "slopes"), [("", 0), ("relu", 0), ("prelu", 5)])
def test_parameter_count_of_layer_includes_bias_and_slopes(activation, slopes):
    layer = Convolution("a", 2, 5, 3, activation)
    assert layer.multiplications == 2 * 5 * 9
    assert layer.parameter_count == 2 * 5 * 9 + 5 + slopes


@pytest.mark.parametrize("scale", [-1, 0, 9])
def test_scale_out_of_range_raises(scale):
    with pytest.raises(InvalidSetting, match=str(scale)):
        ModelInfo(Srcnn(9, 1, 5), scale)


@pytest.mark.parametrize("scale", range(1, 9))
def test_scales_1_to_8_are_accepted(scale):
    assert ModelInfo(Compact(4, 1), scale).scale == scale


@pytest.mark.parametrize(
    ("arch", "upsampling", "channels", "halo_px"),
    [("9-1-5", 1, 1, 4 + 0 + 2), ("fsrcnn", 3, 1, 2 + 4 + 2), ("compact-8-3", 3, 3, 5), ("compact-8-3-y", 3, 1, 5)],
)
def test_upsampling_channels_and_halo_of_each_architecture(arch, upsampling, channels, halo_px):
    info = registry.parse(arch, 3)
    assert (info.upsampling, info.channels, info.halo_px) == (upsampling, channels, halo_px)
    assert info.has_low_res_input == (upsampling == 3)
    assert info.label == registry.parse(info.label, 3).label


def test_multiplications_count_pixels_of_result():
    """An SRCNN runs at the size of the result, an FSRCNN at the size of the input: 1/9 at x3."""
    assert registry.parse("9-1-5", 3).multiplications_per_pixel == 8_032
    assert registry.parse("fsrcnn", 3).multiplications_per_pixel == 1_385  # 12,464 / 9 = 1,384.9
