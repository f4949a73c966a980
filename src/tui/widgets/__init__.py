"""Regions made of lines."""
