-- The text first given under each version of a notice; derived from events.
CREATE TABLE notice_texts (
    tenant TEXT NOT NULL,
    notice TEXT NOT NULL,
    version BIGINT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (tenant, notice, version)
);
INSERT INTO notice_texts (tenant, notice, version, digest)
SELECT tenant, decided::json -> 'notice' ->> 'id',
    (decided::json -> 'notice' ->> 'version')::bigint, decided::json -> 'notice' ->> 'digest'
FROM events WHERE kind IN ('notice_given', 'confirmation_given') ORDER BY seq
ON CONFLICT DO NOTHING;
