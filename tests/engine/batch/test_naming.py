"""What results are called."""

import os
from datetime import date

import pytest

from engine.batch import naming
from engine.batch.naming import Grown, Names, Naming
from engine.errors import BadRequest


def name(template, source="Été 03.jpg", ending="", grown=None, scale=3.0):
    return Naming(template, ending, scale, "srcnn-9-1-5-x3", date(2026, 3, 4)).name(source, 7, grown)


@pytest.mark.parametrize(
    ("template", "made"),
    [
        ("{name}_x{scale}", "Été 03_x3.jpg"),
        ("{index:04}", "0007.jpg"),
        ("{date} {name} {model}", "2026-03-04 Été 03 srcnn-9-1-5-x3.jpg"),
        ("{name}.{ext}", "Été 03.jpg"),
        ("{name}-{width}x{height}", "Été 03-90x60.jpg"),
    ],
)
def test_every_token_is_filled(template, made):
    naming.check(template, "")
    assert name(template, grown=Grown(3, 90, 60, "srcnn-9-1-5-x3")) == made


def test_the_scale_is_the_pictures_own_where_it_differs():
    assert name("{name}_x{scale}", scale=2.5) == "Été 03_x2.5.jpg"
    made = Naming("{name}_x{scale}", "", None, None, date(2026, 3, 4))
    assert made.needs_size
    assert made.name("a.png", 1, Grown(2 / 3 * 5, 10, 10, "m")) == "a_x3.333.png"


def test_another_format_takes_its_ending():
    assert name("{name}", ending=".png") == "Été 03.png"
    assert name("{name}.{ext}", ending=".tif") == "Été 03.tif"
    assert name("{name}", source="odd.xyz") == "odd.png"
    assert name("{name}", source="v1.2.png") == "v1.2.png"


def test_a_models_folder_makes_none():
    assert Naming("{name}_{model}", "", 3, "own/x3", date(2026, 1, 1)).name("a.png", 1) == "a_own-x3.png"


@pytest.mark.parametrize(
    "template",
    ["", "fixed", "{name", "{nam}", "{name!r}", "{name:>9}", "{name:04}", "a/{name}", "{name}?", "{ext}_{name}", "{}"],
)
def test_a_template_that_gives_no_name_is_refused(template, plain_sentence):
    with pytest.raises(BadRequest) as refused:
        naming.check(template, "")
    assert str(refused.value).startswith("The name template is ")


def test_a_model_that_depends_on_the_size_is_named_by_it():
    made = Naming("{name}_{model}", "", None, None, date(2026, 1, 1))
    assert made.needs_size
    assert made.name("a.png", 1, Grown(2.5, 10, 10, "three")) == "a_three.png"
    assert not Naming("{name}_{model}", "", 2.5, "three", date(2026, 1, 1)).needs_size


def test_an_ending_that_is_no_format_is_refused(plain_sentence):
    with pytest.raises(BadRequest) as refused:
        naming.check("{name}", ".xyz")
    plain_sentence(refused.value, "xyz", "png")


def test_a_taken_name_is_numbered_skipped_or_written_over(tmp_path):
    there = tmp_path / "a.png"
    there.write_bytes(b"x")
    assert Names("number", []).choose(there) == tmp_path / "a (2).png"
    assert Names("skip", []).choose(there) is None
    assert Names("overwrite", []).choose(there) == there
    assert Names("skip", []).choose(there, ours=there) == there
    assert Names("number", []).choose(there, ours=there) == tmp_path / "a (2).png"


@pytest.mark.parametrize("policy", ["number", "skip", "overwrite"])
def test_two_pictures_never_get_one_name(tmp_path, policy):
    names = Names(policy, [])
    chosen = [names.choose(tmp_path / name) for name in ("é.png", "É.png", "e\u0301.png", "b.png")]
    assert [path.name for path in chosen] == ["é.png", "É (2).png", "e\u0301 (3).png", "b.png"]


@pytest.mark.parametrize("policy", ["number", "overwrite"])
def test_a_source_is_never_written_over_not_through_a_link_either(tmp_path, policy):
    source, link = tmp_path / "a.png", tmp_path / "b.png"
    source.write_bytes(b"x")
    link.symlink_to(source)
    names = Names(policy, [source])
    assert names.choose(source) == tmp_path / "a (2).png"
    assert names.choose(link) == tmp_path / "b (2).png"


@pytest.mark.parametrize("template", ["{name}_x{scale}", "{index:03} {name}", "{name} {name}.{ext}"])
def test_a_name_near_the_longest_is_cut_and_keeps_the_rest(template, tmp_path):
    for stem in ("n" * 251, "ä" * 125, "猫" * 83):
        made = name(template, f"{stem}.png")
        (tmp_path / made).touch()
        assert 250 <= len(os.fsencode(made)) <= 255
        assert made.endswith(".png")
        assert ("_x3" in made) == ("scale" in template)
        other = Names("number", []).choose(tmp_path / made)
        other.touch()
        assert other.name.endswith(" (2).png")
