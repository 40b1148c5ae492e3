"""Pages for people: static HTML without a script, each in one file, that asks nothing of any other place."""
