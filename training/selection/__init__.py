"""Picks from unlabelled transcripts the turns whose labels would teach most."""
