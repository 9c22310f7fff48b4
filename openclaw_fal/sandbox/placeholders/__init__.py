"""Placeholder files of every kind that fal makes, rendered with the standard library alone."""
