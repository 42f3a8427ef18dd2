"""What the window remembers from one start to the next."""

import logging
from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar

from PySide6.QtCore import QSettings

_log = logging.getLogger(__name__)
Group = TypeVar("Group", bound=Any)


@dataclass(frozen=True)
class WindowChoices:
    """What belongs to the window rather than to a page.

    Attributes
    ----------
    folder : where a picture was last opened or saved
    theme : "system", "light" or "dark"
    recent : the files opened last, newest first, a line each
    """

    folder: str = ""
    theme: str = "system"
    recent: str = ""


def load(store: QSettings, name: str, kind: type[Group]) -> Group:
    """Read a group of settings as its dataclass; a missing or unusable value becomes the default, and is logged."""
    values = {field.name: _read(store, f"{name}/{field.name}", field.default) for field in fields(kind)}
    return kind(**values)


def save(store: QSettings, name: str, group: Any) -> None:
    """Write a group of settings."""
    for key, value in asdict(group).items():
        store.setValue(f"{name}/{key}", value)


def _read(store: QSettings, key: str, default: Any) -> Any:
    """One value, of the type of its default."""
    stored = store.value(key, default)
    try:
        if isinstance(default, bool):
            return {"true": True, "false": False}[str(stored).lower()]
        return type(default)(stored)
    except (ValueError, TypeError, KeyError):
        _log.warning("setting %s: %r is not usable, using the default", key, stored)
        return default
