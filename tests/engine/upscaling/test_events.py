"""What a job does without is said in one sentence, the same on the command line and in the window."""

import pytest

from engine.cli.console import warn
from engine.errors import fill, mark
from engine.upscaling.events import DeviceFellBack, Fallback, PrecisionFellBack, TileShrunk

SENTENCES = {
    DeviceFellBack("cuda", "CPU, 2 threads"): "CUDA can't be used on this computer; using CPU, 2 threads.",
    PrecisionFellBack("float16", "float32"): "float16 failed on this device; using float32.",
    TileShrunk(1024, 512): "Not enough memory for 1024 px tiles; using 512 px tiles.",
}


def test_every_fallback_has_its_sentence_here():
    assert {type(event) for event in SENTENCES} == set(Fallback.__subclasses__())


@pytest.mark.parametrize(("event", "sentence"), SENTENCES.items())
def test_the_command_line_prints_the_sentence_of_a_fallback(event, sentence, capsys):
    warn(event)
    assert " ".join(capsys.readouterr().err.split()) == sentence


def test_the_device_that_is_used_instead_can_be_translated():
    used = fill(mark("CPU, {count} threads"), count=2)
    assert DeviceFellBack("mps", used).sentence.facts["used"] is used
