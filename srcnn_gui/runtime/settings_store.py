"""What the window remembers from one start to the next."""

import logging
from dataclasses import MISSING, Field, asdict, dataclass, fields
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from PySide6.QtCore import QSettings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_log = logging.getLogger(__name__)
Group = TypeVar("Group", bound="DataclassInstance")

_VERSION = 2
# What was once called otherwise: since which version, and under what name.
_MOVED = ((2, "window/theme", "settings/theme"),)


@dataclass(frozen=True)
class WindowChoices:
    """What belongs to the window rather than to a page.

    Attributes
    ----------
    folder : where a picture was last opened or saved
    recent : the files opened last, newest first, a line each
    toured : whether the parts of the window were shown once
    """

    folder: str = ""
    recent: str = ""
    toured: bool = False


def migrate(store: QSettings) -> None:
    """Bring what an older version wrote to where this one looks; a newer one's is read as far as it is understood."""
    if store.status() != QSettings.Status.NoError:
        _log.warning("%s cannot be read: %s", store.fileName(), store.status())
    version = _read(store, "version", int, 1)
    if version > _VERSION:
        _log.warning("%s was written by a later version (%s)", store.fileName(), version)
        return
    for since, old, new in _MOVED:
        if version < since and store.contains(old):
            store.setValue(new, store.value(old))
            store.remove(old)
    if store.allKeys() or version < _VERSION:
        store.setValue("version", _VERSION)


def load(store: QSettings, name: str, kind: type[Group]) -> Group:
    """Read a group of settings as its dataclass; a missing or unusable value becomes the default, and is logged."""
    hints = get_type_hints(kind)
    values = {
        field.name: _read(
            store, f"{name}/{field.name}", hints[field.name], _default(field), field.metadata.get("range")
        )
        for field in fields(kind)
    }
    return kind(**values)


def save(store: QSettings, name: str, group: Any) -> None:
    """Write a group of settings."""
    for key, value in asdict(group).items():
        store.setValue(f"{name}/{key}", value)


def _default(field: "Field[Any]") -> Any:
    if field.default is not MISSING:
        return field.default
    assert field.default_factory is not MISSING
    return field.default_factory()


def _read(store: QSettings, key: str, hint: Any, default: Any, allowed: tuple[float, float] | None = None) -> Any:
    """One value, of the type of its default, and one of those its annotation or `allowed` names."""
    stored = store.value(key, default)
    try:
        return _fitting(stored, hint, default, allowed)
    except (ValueError, TypeError, KeyError, OverflowError):
        _log.warning("setting %s: %r is not usable, using the default", key, stored)
        return default


def _fitting(stored: Any, hint: Any, default: Any, allowed: tuple[float, float] | None) -> Any:
    """A stored value as what it should be; raises ValueError and the like if it is not."""
    if isinstance(default, bool):
        return {"true": True, "false": False}[str(stored).lower()]
    if not isinstance(stored, str | int | float):
        raise TypeError(type(stored))  # a list, where the text had commas
    value = type(default)(stored)
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(value)
    if get_origin(hint) is Literal and value not in get_args(hint):
        raise ValueError(value)
    if allowed is not None and not allowed[0] <= value <= allowed[1]:
        raise ValueError(value)
    return value
