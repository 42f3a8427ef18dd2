"""Decisions, in plain Python: each tab's State, its View protocol and its Presenter. No Qt here."""
