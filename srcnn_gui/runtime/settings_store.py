"""Settings and choices that are saved between starts, as dataclasses in QSettings."""

import logging
from dataclasses import MISSING, Field, asdict, dataclass, fields
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from PySide6.QtCore import QSettings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_log = logging.getLogger(__name__)
Group = TypeVar("Group", bound="DataclassInstance")

_VERSION = 3
# Renamed keys: version of the change, old key, new key.
_RENAMED_KEYS = (
    (2, "window/theme", "settings/theme"),
    (3, "batch/ensemble", "batch/self_ensemble"),
    (3, "benchmark/ensemble", "benchmark/self_ensemble"),
    (3, "train/optimiser", "train/optimizer"),
    (3, "train/batch", "train/batch_size"),
    (3, "train/held_out", "train/validation_size"),
)


@dataclass(frozen=True)
class WindowChoices:
    """State of the window that does not belong to a page.

    Attributes
    ----------
    folder : folder of the last file dialog
    recent : recently opened files, newest first, separated by newlines
    toured : whether the tour was shown
    """

    folder: str = ""
    recent: str = ""
    toured: bool = False


def migrate(store: QSettings) -> None:
    """Rename the keys of older versions. Settings of a newer version are read as far as possible."""
    if store.status() != QSettings.Status.NoError:
        _log.warning("%s cannot be read: %s", store.fileName(), store.status())
    version = _read(store, "version", int, 1)
    if version > _VERSION:
        _log.warning("%s was written by a later version (%s)", store.fileName(), version)
        return
    for since, old, new in _RENAMED_KEYS:
        if version < since and store.contains(old):
            store.setValue(new, store.value(old))
            store.remove(old)
    if store.allKeys() or version < _VERSION:
        store.setValue("version", _VERSION)


def load(store: QSettings, name: str, kind: type[Group]) -> Group:
    """Read a group of settings as a dataclass. Invalid values are logged and become defaults."""
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
    """Read a value of the type of `default`, restricted to its `Literal` values or the range `allowed`."""
    stored = store.value(key, default)
    try:
        return _convert(stored, hint, default, allowed)
    except (ValueError, TypeError, KeyError, OverflowError):
        _log.warning("setting %s: %r is not usable, using the default", key, stored)
        return default


def _convert(stored: Any, hint: Any, default: Any, allowed: tuple[float, float] | None) -> Any:
    """Convert a stored value. Raises ValueError, TypeError, KeyError or OverflowError if it is invalid."""
    if isinstance(default, bool):
        return {"true": True, "false": False}[str(stored).lower()]
    if not isinstance(stored, str | int | float):
        raise TypeError(type(stored))  # QSettings reads text with commas as a list
    value = type(default)(stored)
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(value)
    if get_origin(hint) is Literal and value not in get_args(hint):
        raise ValueError(value)
    if allowed is not None and not allowed[0] <= value <= allowed[1]:
        raise ValueError(value)
    return value
