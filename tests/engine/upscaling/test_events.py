"""Messages of fallback events, on the command line and in the window."""

import pytest

from engine.cli.console import print_warning
from engine.errors import N_, lazy_format
from engine.upscaling.events import (
    BicubicFallback,
    DeviceFailed,
    DeviceFallback,
    Fallback,
    PrecisionFallback,
    TileSizeReduced,
)

SENTENCES = {
    DeviceFallback("cuda", "CPU, 2 threads"): "CUDA isn't available on this computer; using CPU, 2 threads.",
    BicubicFallback("mine", 3): "mine is trained for ×3. The result is upscaled further with bicubic interpolation.",
    DeviceFailed("A GPU", "CPU, 2 threads", "It did not respond."): (
        "A GPU failed and isn't used until you restart the program. It did not respond. Using CPU, 2 threads."
    ),
    PrecisionFallback("float16", "float32"): "float16 failed on this device; using float32.",
    TileSizeReduced(1024, 512): "Not enough memory for 1024 px tiles; using 512 px tiles.",
}


def test_all_fallbacks_are_tested():
    assert {type(event) for event in SENTENCES} == set(Fallback.__subclasses__())


@pytest.mark.parametrize(("event", "sentence"), SENTENCES.items())
def test_command_line_prints_fallback_message(event, sentence, capsys):
    print_warning(event)
    assert " ".join(capsys.readouterr().err.split()) == sentence.replace("×", "x")


def test_device_name_in_fallback_is_translatable():
    used = lazy_format(N_("CPU, {count} threads"), count=2)
    assert DeviceFallback("mps", used).message.facts["used"] is used
