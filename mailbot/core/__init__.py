"""What the desk decides: values in, values out; no clock, file, network or randomness."""
