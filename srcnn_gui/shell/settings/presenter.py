"""Presenter of the Settings dialog, which saves and applies changes. Independent of Qt."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.system import memory, paths, preferences
from engine.system.files import check_folder_writable, os_error_reason
from engine.system.preferences import Preferences
from srcnn_gui.choices.options import LOSSY_FORMATS
from srcnn_gui.runtime.lane import do_nothing
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _, translate
from srcnn_gui.shell.settings import apply_to_pages
from srcnn_gui.shell.settings.state import SYSTEM_LANGUAGE, Folder, Items, Settings, State, View


@dataclass
class Listeners:
    """Callbacks for changes made in the Settings dialog.

    Attributes
    ----------
    settings, preferences : called with the old and the new values
    language : called with the code of the new language, or "system"
    """

    settings: Callable[[Settings, Settings], None] = do_nothing
    preferences: Callable[[Preferences, Preferences], None] = do_nothing
    language: Callable[[str], None] = do_nothing


class _NullView:
    """View that displays nothing, used while the dialog is closed."""

    def display(self, state: State) -> None:
        """Ignore the state, because there is no dialog to update."""


class SettingsPresenter:
    """Presenter of the Settings dialog, which saves and applies each change immediately."""

    def __init__(
        self,
        settings: Settings,
        save_settings: Callable[[Settings], None],
        listeners: Listeners,
        languages: Items = (),
    ) -> None:
        self._save_settings, self._listeners, self._languages = save_settings, listeners, languages
        self._devices: tuple[tuple[str, str], ...] = ()
        self._store = Store[State, View](_NullView(), State(settings=settings, preferences=preferences.load()))
        self.refresh()

    @property
    def state(self) -> State:
        """Current state of the dialog."""
        return self._store.state

    @property
    def settings(self) -> Settings:
        """Current settings, available even while the dialog is closed."""
        return self.state.settings

    def attach(self, view: View) -> None:
        """Display the state in `view`, now and after each change."""
        self._store.view = view
        self.refresh()

    def detach(self) -> None:
        """Stop updating the view, because the dialog is closed."""
        self._store.view = _NullView()

    # -- user actions -----------------------------------------------------------------------------------------------

    def change_settings(self, **changes: Any) -> None:
        """Save and apply changed settings. The keyword arguments are fields of `Settings`."""
        before, after = self.settings, replace(self.settings, **changes)
        if after != before:
            self._save_settings(after)
            self._store.update(settings=after, notice="")
            if after.language != before.language:
                self._listeners.language(after.language)
            self._listeners.settings(before, after)
        self.refresh()

    def choose_threads(self, count: int) -> None:
        """Set the number of CPU threads, or 0 to use all cores."""
        self._save_preferences(replace(preferences.load(), threads=count))

    def choose_folder(self, key: str, path: Path | None) -> None:
        """Set the folder of models, data or results. Existing files are not moved.

        Parameters
        ----------
        key : "models", "data" or "results"
        path : new folder, or None for the default folder
        """
        if path is not None:
            try:
                check_folder_writable(path)
            except OSError as error:
                message = _("Can't write to {folder}. {reason}")
                self._store.update(notice=message.format(folder=path, reason=translate(os_error_reason(error))))
                return
        directory, saved = str(path.resolve()) if path else "", preferences.load()
        if key == "results":
            self.change_settings(results_folder=directory)
            return
        self._save_preferences(replace(saved, models=directory) if key == "models" else replace(saved, data=directory))

    def reset(self) -> None:
        """Restore the defaults of all settings. No files are deleted."""
        self._save_preferences(Preferences())
        if not self.state.notice:
            self.change_settings(**vars(Settings()))

    def set_devices(self, devices: tuple[tuple[str, str], ...]) -> None:
        """Update the device menu with the available devices."""
        self._devices = devices
        self.refresh()

    def refresh(self) -> None:
        """Update the dialog after the models, devices, language or preferences have changed."""
        chosen, saved = self.settings, preferences.load()
        self._store.update(
            preferences=saved,
            languages=((SYSTEM_LANGUAGE, _("System")), *self._languages),
            models=(("", _("Last used")), *apply_to_pages.list_model_options()),
            devices=self._device_items(),
            cores=memory.cpu_count(),
            folders=(
                Folder("models", str(paths.models_folder()), bool(saved.models)),
                Folder("data", str(paths.data_folder()), bool(saved.data)),
                Folder("results", chosen.results_folder, bool(chosen.results_folder)),
            ),
            log=str(paths.log_folder()),
            quality_matters=chosen.format in ("", *LOSSY_FORMATS),
            can_reset=chosen != Settings() or saved != Preferences(),
        )

    # -- internals --------------------------------------------------------------------------------------------------

    def _device_items(self) -> tuple[tuple[object, str], ...]:
        """Return the items of the device menu. A selected device stays in it even if it is not available."""
        items = list(self._devices) or [("cpu", _("CPU"))]
        chosen = self.settings.device
        if chosen not in ("", "auto", *(kind for kind, _title in items)):
            items.append((chosen, _("{device} (not available)").format(device=chosen.removeprefix("vulkan:"))))
        return (("", _("Last used")), ("auto", _("Automatic")), *items)

    def _save_preferences(self, new: Preferences) -> None:
        """Save and apply the preferences, which are shared with the command line."""
        before = preferences.load()
        if new == before:
            return
        try:
            preferences.save(new)
        except OSError as error:
            message = _("Can't save the settings to {file}. {reason}")
            reason = translate(os_error_reason(error))
            self._store.update(notice=message.format(file=preferences.path(), reason=reason))
            return
        self._store.update(notice="")
        self.refresh()
        self._listeners.preferences(before, new)
