-- The truth: one row an event, chained by hash.
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    time_us INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    tenant TEXT NOT NULL,
    subject INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    payload TEXT NOT NULL,
    decided TEXT NOT NULL,
    commitment BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_request ON events (tenant, request_id) WHERE request_id <> '';
CREATE INDEX events_subject ON events (subject) WHERE subject <> 0;
CREATE TRIGGER events_stay BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_remain BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

-- The end of the chain; its signature tells a log that was cut off.
CREATE TABLE chain_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    key_version INTEGER NOT NULL,
    signature BLOB NOT NULL
) STRICT;

CREATE TABLE key_checks (version INTEGER PRIMARY KEY, proof BLOB NOT NULL) STRICT;

-- Encrypted parts, beside the events so that they can be erased.
CREATE TABLE secrets (
    seq INTEGER PRIMARY KEY,
    key_version INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT;
CREATE INDEX secrets_key ON secrets (key_version);

-- Keyed hash to number of the subject.
CREATE TABLE subjects (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    key_version INTEGER NOT NULL,
    tag BLOB NOT NULL
) STRICT;
CREATE INDEX subjects_key ON subjects (key_version);

-- Derived from events.
CREATE TABLE opt_outs (
    record INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    subject INTEGER NOT NULL,
    reach TEXT NOT NULL,
    name TEXT NOT NULL,
    channel TEXT NOT NULL,
    intake TEXT NOT NULL,
    since_us INTEGER NOT NULL,
    until_us INTEGER NOT NULL,
    state TEXT NOT NULL,
    etag INTEGER NOT NULL
) STRICT;
CREATE INDEX opt_outs_subject ON opt_outs (subject, tenant);

CREATE TABLE suspensions (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    record INTEGER NOT NULL,
    since_us INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind, name)
) STRICT, WITHOUT ROWID;
