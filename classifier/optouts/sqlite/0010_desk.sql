-- What people work on; derived from events.
CREATE TABLE reviews (
    record INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    subject INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    state TEXT NOT NULL,
    opened_us INTEGER NOT NULL,
    claimed_by TEXT NOT NULL,
    claimed_until_us INTEGER NOT NULL,
    verdict TEXT NOT NULL,
    resolved_us INTEGER NOT NULL,
    resolved_by TEXT NOT NULL,
    etag INTEGER NOT NULL
) STRICT;
CREATE INDEX reviews_queue ON reviews (tenant, state, rank, record);

CREATE TABLE cases (
    case_id INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject INTEGER NOT NULL,
    record INTEGER NOT NULL,
    intake TEXT NOT NULL,
    caller TEXT NOT NULL,
    campaign TEXT NOT NULL,
    state TEXT NOT NULL,
    opened_us INTEGER NOT NULL,
    due_us INTEGER NOT NULL,
    answered_us INTEGER NOT NULL,
    closed_us INTEGER NOT NULL,
    closing TEXT NOT NULL,
    etag INTEGER NOT NULL
) STRICT;
CREATE INDEX cases_due ON cases (tenant, state, due_us, case_id);
CREATE INDEX cases_subject ON cases (subject) WHERE subject <> 0;

CREATE TABLE caller_hours (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    hour INTEGER NOT NULL,
    contacts INTEGER NOT NULL,
    blocked INTEGER NOT NULL,
    opt_outs INTEGER NOT NULL,
    complaints INTEGER NOT NULL,
    privacy_complaints INTEGER NOT NULL,
    ignored_opt_outs INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind, name, hour)
) STRICT, WITHOUT ROWID;

CREATE TABLE caller_cases (
    case_id INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    cause TEXT NOT NULL,
    opened_us INTEGER NOT NULL,
    suspended_us INTEGER NOT NULL,
    closed_us INTEGER NOT NULL,
    etag INTEGER NOT NULL
) STRICT;
CREATE INDEX caller_cases_caller ON caller_cases (tenant, kind, name);

CREATE TABLE confirmations (
    record INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    notice TEXT NOT NULL,
    version INTEGER NOT NULL,
    given_us INTEGER NOT NULL
) STRICT;

CREATE TABLE list_imports (
    tenant TEXT NOT NULL,
    digest TEXT NOT NULL,
    offset_bytes INTEGER NOT NULL,
    line INTEGER NOT NULL,
    recorded INTEGER NOT NULL,
    known INTEGER NOT NULL,
    quarantined INTEGER NOT NULL,
    quarantine_bytes INTEGER NOT NULL,
    state TEXT NOT NULL,
    etag INTEGER NOT NULL,
    PRIMARY KEY (tenant, digest)
) STRICT, WITHOUT ROWID;
