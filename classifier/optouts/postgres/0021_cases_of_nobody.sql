-- Finds what came to cases of which nobody knows whose they are.
CREATE INDEX events_no_subject ON events (tenant, kind, seq) WHERE subject = 0;
