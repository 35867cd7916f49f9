"""Who is contacted, and the keys under which they are kept."""
