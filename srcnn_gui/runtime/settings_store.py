"""Storage of settings dataclasses in QSettings, which keeps them between sessions."""

import logging
import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, dataclass, fields
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from PySide6.QtCore import QSettings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_log = logging.getLogger(__name__)
Group = TypeVar("Group", bound="DataclassInstance")

_VERSION = 3
NO_LIMITS: Mapping[str, Any] = {}
# Renamed keys: the version that renamed the key, the old key, and the new key.
_RENAMED_KEYS = (
    (2, "window/theme", "settings/theme"),
    (3, "compare/ensemble", "compare/self_ensemble"),
    (3, "batch/ensemble", "batch/self_ensemble"),
    (3, "batch/collision", "batch/if_exists"),
    (3, "batch/ending", "batch/extension"),
    (3, "benchmark/ensemble", "benchmark/self_ensemble"),
    (3, "benchmark/sets", "benchmark/test_sets"),
    (3, "train/optimiser", "train/optimizer"),
    (3, "train/batch", "train/batch_size"),
    (3, "train/held_out", "train/validation_size"),
)


@dataclass(frozen=True)
class WindowSettings:
    """Settings of the window that do not belong to a page.

    Attributes
    ----------
    folder : folder in which the next file dialog starts
    recent : paths of the recently opened files, newest first, separated by newlines
    toured : whether the tour has been shown
    geometry : value of `QWidget.saveGeometry` in hexadecimal digits
    """

    folder: str = ""
    recent: str = ""
    toured: bool = False
    geometry: str = ""


def migrate(store: QSettings) -> None:
    """Rename the keys of settings from an older version. Settings from a newer version are not changed."""
    if store.status() != QSettings.Status.NoError:
        _log.warning("The settings file %s cannot be read: %s", store.fileName(), store.status())
    version = _read(store, "version", int, 1)
    if version > _VERSION:
        _log.warning("The settings file %s was written by a newer version (%s).", store.fileName(), version)
        return
    for since, old, new in _RENAMED_KEYS:
        if version < since and store.contains(old):
            store.setValue(new, store.value(old))
            store.remove(old)
    if store.allKeys() or version < _VERSION:
        store.setValue("version", _VERSION)


def load(store: QSettings, group_name: str, settings_type: type[Group]) -> Group:
    """Read a group of settings as a dataclass. Invalid values are logged and replaced with the defaults."""
    hints = get_type_hints(settings_type)
    values = {
        field.name: _read(store, f"{group_name}/{field.name}", hints[field.name], _default(field), field.metadata)
        for field in fields(settings_type)
    }
    return settings_type(**values)


def save(store: QSettings, group_name: str, group: Any) -> None:
    """Write the fields of the dataclass `group` to the settings group `group_name`."""
    for key, value in asdict(group).items():
        store.setValue(f"{group_name}/{key}", value)


def _default(field: "Field[Any]") -> Any:
    if field.default is not MISSING:
        return field.default
    assert field.default_factory is not MISSING
    return field.default_factory()


def _read(store: QSettings, key: str, hint: Any, default: Any, limits: Mapping[str, Any] = NO_LIMITS) -> Any:
    """Return a stored value, or `default` if there is none or if it is invalid.

    Parameters
    ----------
    hint : type hint of the field; if it is a `Literal`, only its values are valid
    default : default value, whose type is the type of the result
    limits : the smallest and the largest valid number as "range", or a regular expression of valid texts as "pattern"
    """
    stored = store.value(key, default)
    try:
        return _convert(stored, hint, default, limits)
    except (ValueError, TypeError, KeyError, OverflowError):
        _log.warning("Invalid value of the setting %s: %r. Using the default.", key, stored)
        return default


def _convert(stored: Any, hint: Any, default: Any, limits: Mapping[str, Any]) -> Any:
    """Convert a stored value to the type of `default`.

    Raises
    ------
    ValueError, TypeError, KeyError, OverflowError
        If the value is invalid.
    """
    if isinstance(default, bool):
        return {"true": True, "false": False}[str(stored).lower()]
    if not isinstance(stored, str | int | float):
        raise TypeError(type(stored))  # QSettings returns text that contains commas as a list
    value = type(default)(stored)
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(value)
    if get_origin(hint) is Literal and value not in get_args(hint):
        raise ValueError(value)
    if "range" in limits and not limits["range"][0] <= value <= limits["range"][1]:
        raise ValueError(value)
    if "pattern" in limits and not re.fullmatch(limits["pattern"], value):
        raise ValueError(value)
    return value
