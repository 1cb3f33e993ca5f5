"""Chores that several chapters need and none teaches."""
