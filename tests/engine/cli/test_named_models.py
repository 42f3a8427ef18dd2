"""Selection of models by name, file and architecture, for any scale factor."""

import json
import shutil

import pytest

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.models.formats import external
from engine.models.weights import load_network
from engine.system import paths


@pytest.fixture
def library_model(tiny_model):
    """Add a 9-1-5 model for x6 to the library. There is no built-in model for x6."""
    paths.models_folder().mkdir(parents=True, exist_ok=True)
    path = paths.models_folder() / "mine.safetensors"
    shutil.copy(tiny_model(arch="9-1-5", scale=6, n1=64, n2=32).path, path)
    yield path
    path.unlink()


@pytest.fixture
def source(tmp_path, texture):
    path = tmp_path / "small.png"
    image_files.write(Image(texture(20, 24, 1)), path)
    return path


@pytest.fixture
def run_upscale(srcnn, source, tmp_path):
    """Return a function that runs `srcnn upscale` and returns its JSON output and its stderr."""

    def run(*options):
        status, out, err = srcnn("upscale", source, "-o", tmp_path / "out.png", "--json", *options)
        assert status == 0, err
        return json.loads(out), err

    return run


@pytest.mark.parametrize(
    ("scale", "size", "beyond"),
    [(6, (120, 144), False), (5, (100, 120), False), (2.5, (50, 60), False), (7, (140, 168), True)],
)
def test_named_model_is_used_at_any_scale(library_model, run_upscale, scale, size, beyond):
    document, err = run_upscale("--model", "mine", "--scale", scale)
    assert document["model"] == "mine"
    assert (document["height"], document["width"]) == size
    assert err.strip() == (
        "mine is trained for x6. The result is upscaled further with bicubic interpolation." if beyond else ""
    )


def test_model_file_is_used_like_a_named_model(library_model, run_upscale):
    document, _ = run_upscale("--model", library_model, "--scale", 7)
    assert document["model"] == "mine"


def test_named_model_of_another_scale_is_an_error(srcnn, library_model, source, tmp_path):
    status, out, err = srcnn("upscale", source, "-o", tmp_path / "out.png", "--model", "mine", "--scale", 3)
    assert (status, out) == (1, "")
    assert "“mine” is trained for a scale factor of 6, not 3" in err
    assert not (tmp_path / "out.png").exists()


def test_built_in_model_is_selected_by_name(run_upscale):
    document, err = run_upscale("--model", "srcnn-9-1-5-x2", "--scale", 2.5)
    assert document["model"] == "srcnn-9-1-5-x2"
    assert err.startswith("srcnn-9-1-5-x2 is trained for x2.")


@pytest.mark.parametrize(
    ("scale", "model", "beyond"),
    [(2, "x2", False), (2.5, "x3", False), (3, "x3", False), (3.5, "x4", False), (6, "x4", True)],
)
@pytest.mark.parametrize(
    ("name", "family"), [("9-1-5", "srcnn-9-1-5"), ("compact-s", "compact-s"), (None, "compact-s")]
)
def test_family_or_architecture_selects_model_by_scale(library_model, run_upscale, name, family, scale, model, beyond):
    document, err = run_upscale(*(("--model", name) if name else ()), "--scale", scale)
    assert document["model"] == f"{family}-{model}"
    assert bool(err) == beyond


def test_architecture_without_model_lists_scales(srcnn, source):
    status, out, err = srcnn("evaluate", source.parent, "--model", "9-1-5", "--scale", 7)
    assert (status, out) == (1, "")
    assert err.strip() == (
        "There is no 9-1-5 model for a scale factor of 7. Choose one of these scale factors: 2, 3, 4."
    )


def test_weights_without_scale_use_requested_scale(library_model, run_upscale, tmp_path):
    state = tmp_path / "weights.pth"
    state.write_bytes(external.to_state_dict(load_network(library_model)))
    document, err = run_upscale("--model", state, "--scale", 6)
    assert (document["height"], document["scale"], err) == (120, 6, "")
    assert document["model"].endswith("weights")


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (("--model", "mine", "--scale", 6), ["a_mine", "b_mine"]),
        (("--model", "mine", "--scale", 5), ["a_mine", "b_mine"]),
        (("--model", "9-1-5", "--scale", 2.5), ["a_srcnn-9-1-5-x3", "b_srcnn-9-1-5-x3"]),
        (("--scale", 6), ["a_compact-s-x4", "b_compact-s-x4"]),
        (("--model", "9-1-5", "--width", 72), ["a_srcnn-9-1-5-x2", "b_srcnn-9-1-5-x4"]),
        (("--model", "mine", "--width", 72), ["a_mine", "b_mine"]),
        (("--model", "9-5-5", "--scale", 4), ["a_srcnn-9-5-5-x4", "b_srcnn-9-5-5-x4"]),
    ],
)
def test_batch_names_contain_model(library_model, srcnn, texture, tmp_path, options, names):
    folder = tmp_path / "in"
    folder.mkdir()
    for name, width in (("a", 36), ("b", 20)):
        image_files.write(Image(texture(16, width, 1)), folder / f"{name}.png")
    output = tmp_path / "out"
    arguments = (
        "batch",
        folder,
        output,
        "--name-template",
        "{name}_{model}",
        "--journal",
        tmp_path / "state",
        *options,
    )
    status, _out, err = srcnn(*arguments)
    assert status == 0, err
    assert sorted(path.stem for path in output.iterdir()) == names
    assert err.count("upscaled further") <= 1, "said once, not for every image"
    for path in output.iterdir():  # what the name says: one by one, with the model of that name
        one = tmp_path / f"one {path.name}"
        size = [option for option in options if option not in ("--model", "mine", "9-1-5", "9-5-5")]
        model = path.stem.partition("_")[2]
        status, _out, err = srcnn("upscale", folder / f"{path.stem[0]}.png", "-o", one, "--model", model, *size)
        assert status == 0, err
        assert image_files.read(one).pixels.tobytes() == image_files.read(path).pixels.tobytes()
