-- The text first given under each version of a notice; derived from events.
CREATE TABLE notice_texts (
    tenant TEXT NOT NULL,
    notice TEXT NOT NULL,
    version INTEGER NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (tenant, notice, version)
) STRICT, WITHOUT ROWID;
INSERT INTO notice_texts (tenant, notice, version, digest)
SELECT tenant, json_extract(decided, '$.notice.id'), json_extract(decided, '$.notice.version'),
    json_extract(decided, '$.notice.digest')
FROM events WHERE kind IN ('notice_given', 'confirmation_given') ORDER BY seq
ON CONFLICT DO NOTHING;
