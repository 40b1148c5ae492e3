"""The whole main job on one machine, with the people around the desk played by the program."""
