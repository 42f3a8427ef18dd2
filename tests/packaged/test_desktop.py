"""Install, start and uninstall the menu entry of the Linux archive."""

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DESKTOP = Path(__file__).parents[2] / "resources" / "desktop"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a .desktop file is Linux's")


@pytest.fixture
def unpacked(tmp_path):
    """Return an unpacked archive in a path with special characters.

    Its program records its arguments.
    """
    folder = tmp_path / 'My "best" 100% $HOME \\ `pics` 图'
    shutil.copytree(DESKTOP, folder)
    program = folder / "srcnn-studio"
    program.write_text('#!/bin/sh\nprintf "%s" "$1"\n')
    program.chmod(0o755)
    return folder


def add_to_menu(folder, home, *options):
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [folder / "add-to-menu.sh", *options], env=environment, capture_output=True, text=True, check=True
    ).stdout


def unescaped(value):
    """Return a string value of a desktop entry."""
    return value.replace("\\\\", "\\")


def read(home):
    entry = configparser.RawConfigParser(strict=True)
    entry.optionxform = str
    entry.read(home / ".local/share/applications/srcnn-studio.desktop", encoding="utf-8")
    return entry["Desktop Entry"]


def test_menu_entry_starts_the_program_in_its_folder(unpacked, tmp_path):
    add_to_menu(unpacked, tmp_path / "home")

    entry = read(tmp_path / "home")
    quoted = re.fullmatch(r'"(.*)" %F', unescaped(entry["Exec"]))
    assert quoted
    command = re.sub(r'\\(["`$\\])', r"\1", quoted[1]).replace("%%", "%")  # according to the Exec specification
    assert command == str(unpacked / "srcnn-studio")
    ran = subprocess.run([command, "image.png"], capture_output=True, text=True, check=True)
    assert ran.stdout == "image.png"
    assert unescaped(entry["Icon"]) == str(unpacked / "srcnn-studio.png")
    assert entry["Name"] == "SRCNN Studio"


def test_remove_option_deletes_the_menu_entry(unpacked, tmp_path):
    add_to_menu(unpacked, tmp_path / "home")
    add_to_menu(unpacked, tmp_path / "home", "--remove")

    assert not list((tmp_path / "home").rglob("*.desktop"))
