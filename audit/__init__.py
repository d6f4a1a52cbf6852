"""The audit log: who did what to what, and from where; rows are added and never changed."""
