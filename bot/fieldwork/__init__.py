"""Everything that gets answers in: rounds, invitations, reminders, digests, administrators."""
