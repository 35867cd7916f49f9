-- The truth: one row an event, chained by hash.
CREATE TABLE events (
    seq BIGINT PRIMARY KEY,
    time_us BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    tenant TEXT NOT NULL,
    subject BIGINT NOT NULL,
    request_id TEXT NOT NULL,
    payload TEXT NOT NULL,
    decided TEXT NOT NULL,
    commitment BYTEA NOT NULL,
    hash BYTEA NOT NULL
);
CREATE UNIQUE INDEX events_request ON events (tenant, request_id) WHERE request_id <> '';
CREATE INDEX events_subject ON events (subject) WHERE subject <> 0;
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'events are append-only'; END $$;
CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The end of the chain; its signature tells a log that was cut off.
CREATE TABLE chain_head (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    key_version BIGINT NOT NULL,
    signature BYTEA NOT NULL
);

CREATE TABLE key_checks (version BIGINT PRIMARY KEY, proof BYTEA NOT NULL);

-- Encrypted parts, beside the events so that they can be erased.
CREATE TABLE secrets (
    seq BIGINT PRIMARY KEY,
    key_version BIGINT NOT NULL,
    sealed BYTEA NOT NULL
);
CREATE INDEX secrets_key ON secrets (key_version);

-- Keyed hash to number of the subject.
CREATE TABLE subjects (
    id BIGINT PRIMARY KEY,
    hash BYTEA NOT NULL UNIQUE,
    key_version BIGINT NOT NULL,
    tag BYTEA NOT NULL
);
CREATE INDEX subjects_key ON subjects (key_version);

-- Derived from events.
CREATE TABLE opt_outs (
    record BIGINT PRIMARY KEY,
    tenant TEXT NOT NULL,
    subject BIGINT NOT NULL,
    reach TEXT NOT NULL,
    name TEXT NOT NULL,
    channel TEXT NOT NULL,
    intake TEXT NOT NULL,
    since_us BIGINT NOT NULL,
    until_us BIGINT NOT NULL,
    state TEXT NOT NULL,
    etag BIGINT NOT NULL
);
CREATE INDEX opt_outs_subject ON opt_outs (subject, tenant);

CREATE TABLE suspensions (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    record BIGINT NOT NULL,
    since_us BIGINT NOT NULL,
    PRIMARY KEY (tenant, kind, name)
);
