"""Placeholder pictures, films and sounds, made with the standard library alone."""
