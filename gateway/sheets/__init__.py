"""Reads the spreadsheets that people have, and writes those that they get."""
