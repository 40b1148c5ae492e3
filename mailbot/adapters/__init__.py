"""The outside world, one library each; nothing here decides anything about a case."""
