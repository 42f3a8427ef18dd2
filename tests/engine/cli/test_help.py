"""The help of every command has units, defaults, consistent names and an example that can be parsed."""

import re
import shlex
import typing

import pytest
import typer

from engine.cli import app

ROOT = typer.main.get_command(app)


def visible_commands(command=ROOT, names=("srcnn",)):
    """Yield (names, command) for each visible command that has no subcommands."""
    children = getattr(command, "commands", {})
    if not children or command.invoke_without_command:
        yield names, command
    for name, child in children.items():
        if not child.hidden:
            yield from visible_commands(child, (*names, name))


COMMANDS = {" ".join(names): command for names, command in visible_commands()}
PARAMETERS = {
    f"{name} {parameter.name}": parameter
    for name, command in COMMANDS.items()
    for parameter in command.params
    if parameter.name not in ("help", "as_json")
}
VALUES = [name for name, parameter in PARAMETERS.items() if not getattr(parameter, "is_flag", False)]
OPTIONS = [name for name in VALUES if PARAMETERS[name].param_type_name == "option"]
NUMBERS = [
    f"{name} {parameter}"
    for name, command in COMMANDS.items()
    for parameter, kind in typing.get_type_hints(command.callback).items()
    if {int, float} & {kind, *typing.get_args(kind)}
]
# Options that do nothing unless they are given need no default.
WITHOUT_DEFAULT = {
    "output",
    "width",
    "height",
    "longest",
    "dpi",
    "max_megapixels",
    "ground_truth",
    "ground_truth_folder",
    "region",
    "comparison",
    "report",
    "steps",
    "epochs",
    "config",
    "extend",
}


def test_all_commands_are_checked():
    assert {"srcnn upscale", "srcnn models", "srcnn models import", "srcnn data fetch"} <= set(COMMANDS)
    assert {"srcnn upscale tile", "srcnn train ema_decay", "srcnn models import scale"} <= set(NUMBERS) & set(OPTIONS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_that_can_be_parsed(name):
    command = COMMANDS[name]
    assert command.epilog.startswith("Example: srcnn ")
    words = shlex.split(command.epilog.removeprefix("Example: "))
    path = name.split()
    assert words[: len(path)] == path
    command.make_context(name, words[len(path) :])


@pytest.mark.parametrize("name", [*COMMANDS, ""])
def test_every_command_has_a_description(name):
    described = COMMANDS[name].help if name else ROOT.help
    assert described[0].isupper()
    assert described.rstrip().endswith(".")


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_has_a_help_text_of_sentences(name):
    help_text = PARAMETERS[name].help
    assert help_text.endswith(".")
    assert ";" not in help_text
    assert help_text[0].isupper()


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_shows_its_default(name):
    parameter = PARAMETERS[name]
    if parameter.name not in WITHOUT_DEFAULT:
        assert parameter.default or isinstance(parameter.show_default, str) or parameter.default == 0


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_has_a_unit_or_a_range(name):
    units = r"px|minutes|steps|epochs|from \d|Number of|up to|: 8 or 16|0 disables|rate|AdamW"
    assert re.search(units, PARAMETERS[name].help)


def test_an_option_has_the_same_form_in_all_commands():
    forms = {}
    for name in OPTIONS:
        parameter = PARAMETERS[name]
        names = tuple(option for option in parameter.opts if option != "--out")  # of train, for other programs
        forms.setdefault(parameter.name, {})[parameter.metavar, names] = name
    assert {name: found for name, found in forms.items() if len(found) > 1} == {}


def test_the_version_option_has_a_help_text():
    (version,) = [parameter for parameter in ROOT.params if parameter.name == "_version"]
    assert version.help == "Print the version and exit."
