"""Invented web sites with their names, registrations and people, served on loopback for the search for contacts."""
