"""Scores on collections of real mails that lie beside the checkout."""
