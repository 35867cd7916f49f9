"""Labels in and out: the formats of labelling tools, and the way into the data set."""
