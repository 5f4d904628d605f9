"""Touches the world: channels, transactions, reminders, reports."""
