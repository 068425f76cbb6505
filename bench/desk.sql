-- A desk of :claims claims (psql -v claims=100000), to measure pages on: as the owner, in a database that is thrown away.
-- Triggers are silent meanwhile, so it has no history, and nobody did any of it; all constraints hold.
--   psql "$FACTDESK_OWNER_DATABASE_URL" -v claims=100000 -f bench/desk.sql
\set ON_ERROR_STOP on
\set base 10000000
BEGIN;
SELECT set_config('bench.people', (SELECT string_agg(id::text, ',' ORDER BY id) FROM people_user
    WHERE is_active AND role IN ('checker', 'editor', 'chief')), true);
CREATE TEMP TABLE whom ON COMMIT DROP AS SELECT ordinality - 1 AS n, id::bigint AS id
    FROM unnest(string_to_array(current_setting('bench.people'), ',')) WITH ORDINALITY AS p (id, ordinality);
CREATE TEMP TABLE many ON COMMIT DROP AS SELECT count(*) AS people FROM whom;

ALTER TABLE claims_claim DISABLE TRIGGER USER;
ALTER TABLE claims_attribution DISABLE TRIGGER USER;
ALTER TABLE claims_assessment DISABLE TRIGGER USER;
ALTER TABLE claims_signoff DISABLE TRIGGER USER;
ALTER TABLE claims_accusation DISABLE TRIGGER USER;
ALTER TABLE claims_replyrequest DISABLE TRIGGER USER;
ALTER TABLE claims_annotation DISABLE TRIGGER USER;
ALTER TABLE claims_transition DISABLE TRIGGER USER;
ALTER TABLE claims_piece DISABLE TRIGGER USER;
ALTER TABLE sources_document DISABLE TRIGGER USER;
ALTER TABLE sources_snapshot DISABLE TRIGGER USER;
ALTER TABLE sources_sentence DISABLE TRIGGER USER;
ALTER TABLE sources_passage DISABLE TRIGGER USER;
ALTER TABLE sources_source DISABLE TRIGGER USER;

INSERT INTO sources_source (id, name, kind, identity)
SELECT :base + n, 'Bench source ' || n, 'person', CASE n % 5 WHEN 0 THEN 'unnamed' ELSE 'named' END
FROM generate_series(1, greatest(:claims / 50, 1)) n;

-- our own copy: one piece for 5,000 claims, 60 lines each; outside material for the others
INSERT INTO sources_document (id, kind, title)
SELECT :base + n, CASE WHEN n % 25 = 1 THEN 'desk_copy' ELSE 'article' END, 'Bench page ' || n
FROM generate_series(1, greatest(:claims / 200, 1)) n;
INSERT INTO sources_snapshot (id, document_id, text, length, sha256, captured_at, captured_from)
SELECT d.id, d.id, t.text, length(t.text), encode(sha256(convert_to(t.text, 'UTF8')), 'hex'), now(), 'paste'
FROM sources_document d, LATERAL (SELECT string_agg(format('Line %s of the page has words and 12 engines.', n), ' ')
    FROM generate_series(100, 159) n) t (text)
WHERE d.id > :base AND d.kind = 'desk_copy';
INSERT INTO sources_sentence (snapshot_id, start, "end", part, created_at)
SELECT s.id, n * 45, n * 45 + 44, 'body', now() FROM sources_snapshot s, generate_series(0, 59) n WHERE s.id > :base;
INSERT INTO sources_passage (id, snapshot_id, start, "end", part, locator, created_at)
SELECT s.id * 100 + n, s.id, n * 45, n * 45 + 44, 'body', '', now()
FROM sources_snapshot s, generate_series(0, 59) n WHERE s.id > :base;
INSERT INTO claims_piece (document_id, author_id, editor_id, checker_id, text_closes_at, page_closes_at)
SELECT d.id, a.id, b.id, c.id, now() + d.id % 7 * interval '1 hour', now() + (d.id % 7 + 2) * interval '1 hour'
FROM sources_document d, many m JOIN whom a ON a.n = 0 JOIN whom b ON b.n = m.people - 1 JOIN whom c ON c.n = 0
WHERE d.id > :base AND d.kind = 'desk_copy';

INSERT INTO claims_claim (id, statement, kind, topics, priority, state, closed_because, verdict, clearance, warnings,
    independent_origins, assignee_id, updated_at, look_again)
SELECT :base + g.i, format('Number %s: %s engines came to the mill at %s on day %s.', g.i, g.i % 90, g.i % 24, g.i % 365),
    (ARRAY['event','detail','statistic','allegation','quotation','rule'])[1 + g.i % 6], ARRAY['topic ' || g.i % 40],
    CASE WHEN g.i % 5 = 0 THEN 'must' WHEN g.i % 5 < 4 THEN 'should' ELSE 'could' END, s.state,
    CASE s.state WHEN 'closed' THEN 'out_of_scope' END, CASE s.state WHEN 'signed_off' THEN 'accurate' END,
    CASE WHEN s.state = 'signed_off' AND g.i % 3 = 0 THEN 'clear' ELSE 'not_cleared' END,
    CASE g.i % 10 WHEN 3 THEN '{single_origin,only_unnamed_origins}'::varchar[] WHEN 4 THEN '{single_origin}' ELSE '{}' END,
    1 + g.i % 3, CASE WHEN g.i % 5 < 2 THEN w.id END, now() - g.i * interval '30 seconds', g.i % 50 = 0
FROM generate_series(1, :claims) g (i)
CROSS JOIN LATERAL (SELECT CASE WHEN g.i % 20 < 6 THEN 'new' WHEN g.i % 20 < 9 THEN 'in_check'
    WHEN g.i % 20 < 10 THEN 'in_review' WHEN g.i % 20 < 19 THEN 'signed_off' ELSE 'closed' END) s (state)
CROSS JOIN many m JOIN whom w ON w.n = g.i % m.people;

-- each stands in one page; in our own copy about 60 of them on a line each
INSERT INTO claims_attribution (claim_id, speaker_id, document_id, passage_id)
SELECT c.id, :base + 1 + (c.id - :base) % greatest(:claims / 50, 1), d.id,
    CASE WHEN d.kind = 'desk_copy' AND c.id % 100 < 60 THEN d.id * 100 + c.id % 100 END
FROM claims_claim c JOIN sources_document d
    ON d.id = :base + 1 + (c.id - :base) % greatest(:claims / 200, 1)
WHERE c.id > :base AND (d.kind <> 'desk_copy' OR c.id % 3 = 0);
INSERT INTO claims_assessment (claim_id, revision, verdict, rationale, author_id, created_at, approvals_needed)
SELECT c.id, 1, 'accurate', 'As the log has it.', w.id, now() - interval '2 days', 1
FROM claims_claim c, many m, whom w WHERE c.id > :base AND c.state IN ('in_review', 'signed_off') AND w.n = (c.id + 1) % m.people;
INSERT INTO claims_accusation (id, claim_id, accused_id)
SELECT c.id, c.id, :base + 1 + (c.id - :base + 7) % greatest(:claims / 50, 1) FROM claims_claim c
WHERE c.id > :base AND c.id % 10 = 3;
INSERT INTO claims_replyrequest (accusation_id, put, channel, sent_at, deadline, by_id, created_at)
SELECT a.id, 'Is it so?', 'e-mail', now() - interval '3 days', now() + (a.id % 200 - 60) * interval '1 hour', w.id, now()
FROM claims_accusation a, many m, whom w WHERE a.id > :base AND a.id % 20 = 3 AND w.n = a.id % m.people;
INSERT INTO claims_annotation (claim_id, kind, body, whom, until, by_id)
SELECT c.id, 'question', 'When was that?', CASE WHEN c.id % 2 = 0 THEN 'Ada Quill' ELSE '' END,
    now() + (c.id % 90 - 30) * interval '1 hour', w.id
FROM claims_claim c, many m, whom w WHERE c.id > :base AND c.id % 20 = 7 AND w.n = c.id % m.people;
INSERT INTO claims_transition (claim_id, revision, before, after, action, reason, by_id, automatic, created_at)
SELECT c.id, 2, 'signed_off', 'in_check', 'reopen', 'Changed since it was signed off: place.', w.id, true, now()
FROM claims_claim c, many m, whom w WHERE c.id > :base AND c.state = 'in_check' AND c.id % 5 = 1 AND w.n = c.id % m.people;

ALTER TABLE claims_claim ENABLE TRIGGER USER;
ALTER TABLE claims_attribution ENABLE TRIGGER USER;
ALTER TABLE claims_assessment ENABLE TRIGGER USER;
ALTER TABLE claims_signoff ENABLE TRIGGER USER;
ALTER TABLE claims_accusation ENABLE TRIGGER USER;
ALTER TABLE claims_replyrequest ENABLE TRIGGER USER;
ALTER TABLE claims_annotation ENABLE TRIGGER USER;
ALTER TABLE claims_transition ENABLE TRIGGER USER;
ALTER TABLE claims_piece ENABLE TRIGGER USER;
ALTER TABLE sources_document ENABLE TRIGGER USER;
ALTER TABLE sources_snapshot ENABLE TRIGGER USER;
ALTER TABLE sources_sentence ENABLE TRIGGER USER;
ALTER TABLE sources_passage ENABLE TRIGGER USER;
ALTER TABLE sources_source ENABLE TRIGGER USER;
COMMIT;
ANALYZE;
