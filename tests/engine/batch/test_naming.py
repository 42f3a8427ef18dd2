"""File names of results."""

import os
from datetime import date

import pytest

from engine.batch import naming
from engine.batch.naming import NameAllocator, Naming, OutputSize
from engine.errors import InvalidSetting


def result_name(template, source="Été 03.jpg", extension="", output_size=None, scale=3.0):
    return Naming(template, extension, scale, "srcnn-9-1-5-x3", date(2026, 3, 4)).result_name(source, 7, output_size)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{name}_x{scale}", "Été 03_x3.jpg"),
        ("{index:04}", "0007.jpg"),
        ("{date} {name} {model}", "2026-03-04 Été 03 srcnn-9-1-5-x3.jpg"),
        ("{name}.{ext}", "Été 03.jpg"),
        ("{name}-{width}x{height}", "Été 03-90x60.jpg"),
    ],
)
def test_every_token_is_filled(template, expected):
    naming.check_template(template, "")
    assert result_name(template, output_size=OutputSize(3, 90, 60, "srcnn-9-1-5-x3")) == expected


def test_scale_token_is_the_scale_of_each_image():
    assert result_name("{name}_x{scale}", scale=2.5) == "Été 03_x2.5.jpg"
    naming = Naming("{name}_x{scale}", "", None, None, date(2026, 3, 4))
    assert naming.needs_size
    assert naming.result_name("a.png", 1, OutputSize(2 / 3 * 5, 10, 10, "m")) == "a_x3.333.png"


def test_extension_follows_the_output_format():
    assert result_name("{name}", extension=".png") == "Été 03.png"
    assert result_name("{name}.{ext}", extension=".tif") == "Été 03.tif"
    assert result_name("{name}", source="odd.xyz") == "odd.png"
    assert result_name("{name}", source="v1.2.png") == "v1.2.png"


def test_slash_in_model_name_is_replaced():
    assert Naming("{name}_{model}", "", 3, "own/x3", date(2026, 1, 1)).result_name("a.png", 1) == "a_own-x3.png"


@pytest.mark.parametrize(
    ("template", "advice"),
    [
        ("", "Add {name} or {index}."),
        ("fixed", "Add {name} or {index}."),
        ("{name", "Write tokens as in {name}_x{scale}."),
        ("{nam}", "Use only these tokens: {name} {scale}"),
        ("{name!r}", "Use only these tokens: {name} {scale}"),
        ("{}", "Use only these tokens: {name} {scale}"),
        ("{name:>9}", "Pad numbers with zeros, as in {index:04}."),
        ("{name:04}", "Pad numbers with zeros, as in {index:04}."),
        ("a/{name}", "characters: / \\ : *"),
        ("{name}?", "characters: / \\ : *"),
        ("{ext}_{name}", "Write .{ext} at the end."),
    ],
)
def test_invalid_template_is_an_error(template, advice, plain_sentence):
    with pytest.raises(InvalidSetting) as refused:
        naming.check_template(template, "")
    plain_sentence(refused.value, f"“{template}”", advice)


def test_model_token_is_the_model_of_each_image():
    naming = Naming("{name}_{model}", "", None, None, date(2026, 1, 1))
    assert naming.needs_size
    assert naming.result_name("a.png", 1, OutputSize(2.5, 10, 10, "three")) == "a_three.png"
    assert not Naming("{name}_{model}", "", 2.5, "three", date(2026, 1, 1)).needs_size


def test_unknown_format_is_an_error(plain_sentence):
    with pytest.raises(InvalidSetting) as refused:
        naming.check_template("{name}", ".xyz")
    plain_sentence(refused.value, "xyz", "png")


def test_existing_file_is_numbered_skipped_or_overwritten(tmp_path):
    existing = tmp_path / "a.png"
    existing.write_bytes(b"x")
    assert NameAllocator("number", []).allocate(existing) == tmp_path / "a (2).png"
    assert NameAllocator("skip", []).allocate(existing) is None
    assert NameAllocator("overwrite", []).allocate(existing) == existing
    assert NameAllocator("skip", []).allocate(existing, previous_path=existing) == existing
    assert NameAllocator("number", []).allocate(existing, previous_path=existing) == tmp_path / "a (2).png"


@pytest.mark.parametrize("policy", ["number", "skip", "overwrite"])
def test_names_are_unique(tmp_path, policy):
    names = NameAllocator(policy, [])
    chosen = [names.allocate(tmp_path / name) for name in ("é.png", "É.png", "e\u0301.png", "b.png")]
    assert [path.name for path in chosen] == ["é.png", "É (2).png", "e\u0301 (3).png", "b.png"]


@pytest.mark.parametrize("policy", ["number", "overwrite"])
def test_source_is_never_overwritten(tmp_path, policy):
    source, link = tmp_path / "a.png", tmp_path / "b.png"
    source.write_bytes(b"x")
    link.symlink_to(source)
    names = NameAllocator(policy, [source])
    assert names.allocate(source) == tmp_path / "a (2).png"
    assert names.allocate(link) == tmp_path / "b (2).png"


@pytest.mark.parametrize("template", ["{name}_x{scale}", "{index:03} {name}", "{name} {name}.{ext}"])
def test_long_name_is_shortened(template, tmp_path):
    for stem in ("n" * 251, "ä" * 125, "猫" * 83):
        naming = result_name(template, f"{stem}.png")
        (tmp_path / naming).touch()
        assert 250 <= len(os.fsencode(naming)) <= 255
        assert naming.endswith(".png")
        assert ("_x3" in naming) == ("scale" in template)
        other = NameAllocator("number", []).allocate(tmp_path / naming)
        other.touch()
        assert other.name.endswith(" (2).png")
