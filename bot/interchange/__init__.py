"""Responses from elsewhere and to elsewhere: what is imported, what is exported, in which form."""
