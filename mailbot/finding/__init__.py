"""The search for contact points: who asks whom, in which order, and what is believed."""
