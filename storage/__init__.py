"""Remembers: rows in, plain values out."""
