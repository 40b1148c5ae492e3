"""Where contact points are looked for, one module each."""
