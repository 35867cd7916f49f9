-- What people work on; derived from events.
CREATE TABLE reviews (
    record BIGINT PRIMARY KEY,
    tenant TEXT NOT NULL,
    subject BIGINT NOT NULL,
    rank BIGINT NOT NULL,
    state TEXT NOT NULL,
    opened_us BIGINT NOT NULL,
    claimed_by TEXT NOT NULL,
    claimed_until_us BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    resolved_us BIGINT NOT NULL,
    resolved_by TEXT NOT NULL,
    etag BIGINT NOT NULL
);
CREATE INDEX reviews_queue ON reviews (tenant, state, rank, record);

CREATE TABLE cases (
    case_id BIGINT PRIMARY KEY,
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject BIGINT NOT NULL,
    record BIGINT NOT NULL,
    intake TEXT NOT NULL,
    caller TEXT NOT NULL,
    campaign TEXT NOT NULL,
    state TEXT NOT NULL,
    opened_us BIGINT NOT NULL,
    due_us BIGINT NOT NULL,
    answered_us BIGINT NOT NULL,
    closed_us BIGINT NOT NULL,
    closing TEXT NOT NULL,
    etag BIGINT NOT NULL
);
CREATE INDEX cases_due ON cases (tenant, state, due_us, case_id);
CREATE INDEX cases_subject ON cases (subject) WHERE subject <> 0;

CREATE TABLE caller_hours (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    hour BIGINT NOT NULL,
    contacts BIGINT NOT NULL,
    blocked BIGINT NOT NULL,
    opt_outs BIGINT NOT NULL,
    complaints BIGINT NOT NULL,
    privacy_complaints BIGINT NOT NULL,
    ignored_opt_outs BIGINT NOT NULL,
    PRIMARY KEY (tenant, kind, name, hour)
);

CREATE TABLE caller_cases (
    case_id BIGINT PRIMARY KEY,
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    cause TEXT NOT NULL,
    opened_us BIGINT NOT NULL,
    suspended_us BIGINT NOT NULL,
    closed_us BIGINT NOT NULL,
    etag BIGINT NOT NULL
);
CREATE INDEX caller_cases_caller ON caller_cases (tenant, kind, name);

CREATE TABLE confirmations (
    record BIGINT PRIMARY KEY,
    tenant TEXT NOT NULL,
    notice TEXT NOT NULL,
    version BIGINT NOT NULL,
    given_us BIGINT NOT NULL
);

CREATE TABLE list_imports (
    tenant TEXT NOT NULL,
    digest TEXT NOT NULL,
    offset_bytes BIGINT NOT NULL,
    line BIGINT NOT NULL,
    recorded BIGINT NOT NULL,
    known BIGINT NOT NULL,
    quarantined BIGINT NOT NULL,
    quarantine_bytes BIGINT NOT NULL,
    state TEXT NOT NULL,
    etag BIGINT NOT NULL,
    PRIMARY KEY (tenant, digest)
);
