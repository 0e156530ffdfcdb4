"""Texts of outgoing mail: a subject, an empty line, and the body."""
