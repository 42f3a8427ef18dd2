"""The functions of `import engine`."""

import doctest
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import engine
from engine import api
from engine.imaging.image import Image

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", engine.__all__)
def test_docstring_examples_run(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    (tests,) = doctest.DocTestFinder(recurse=False).find(getattr(engine, name), name, globs={})
    assert tests.examples, "no example"
    assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(tests).failed == 0


def test_importing_the_engine_loads_neither_numpy_nor_torch():
    program = "import sys, engine; print([name for name in ('numpy', 'torch', 'PIL', 'cv2') if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_public_functions_are_listed_and_unknown_name_raises():
    assert set(engine.__all__) <= set(dir(engine))
    with pytest.raises(AttributeError, match="module 'engine' has no attribute 'resize'"):
        _ = engine.resize


@pytest.mark.parametrize("shape", [(9, 11), (9, 11, 1), (9, 11, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_pixels_keep_dtype_and_dimensions(shape, dtype):
    result = engine.upscale(np.zeros(shape, dtype), scale=2, device="cpu")
    assert result.shape == (18, 22, *shape[2:])
    assert result.dtype == dtype


def test_array_file_and_image_give_same_pixels(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 24, 3), dtype=np.uint8)
    engine.write_image(pixels, tmp_path / "in.png")
    from_array = engine.upscale(pixels, scale=3)
    assert np.array_equal(engine.upscale(tmp_path / "in.png", scale=3).pixels, from_array)
    assert np.array_equal(engine.upscale(str(tmp_path / "in.png"), scale=3).pixels, from_array)
    assert np.array_equal(engine.upscale(Image(pixels), scale=3).pixels, from_array)


def test_model_argument_is_used_at_any_scale():
    pixels = np.random.default_rng(1).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    model = engine.load_model("9-1-5", scale=2)
    started = []
    result = engine.upscale(pixels, scale=2.5, model=model, on_event=started.append)
    assert result.shape == (30, 40, 3)
    assert started[0].model == "srcnn-9-1-5-x2" or any(
        getattr(event, "model", "") == "srcnn-9-1-5-x2" for event in started
    )


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (np.zeros((4, 4)), TypeError, "not float64"),
        (np.zeros((4, 4, 2), np.uint8), ValueError, r"not \(4, 4, 2\)"),
        (np.zeros((0, 4), np.uint8), ValueError, r"not \(0, 4\)"),
        ([1, 2], TypeError, "not list"),
    ],
)
def test_unsupported_arrays_raise(image, error, message):
    with pytest.raises(error, match=message):
        engine.upscale(image, scale=2)


def test_job_is_closed_if_on_event_raises():
    closed = []

    def job():
        try:
            yield 1
            yield 2
        finally:
            closed.append(True)

    def fail(_event: object) -> None:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        api.run_job(job(), fail)
    assert closed == [True]
