-- So many claims with a figure each, for measuring claims.matching and claims.findings at the size of a large desk.
-- Run as the owner, on a database that may be thrown away:  psql -v many=100000 -f bench/many_claims.sql "$URL"
-- Words and measures are as unevenly spread as in a language: the n-th is met 1/n times as often as the first.
INSERT INTO claims_claim (statement, kind, topics, place, version)
SELECT initcap(said.words) || ', ' || 1 + floor(exp(random() * 12)) || ' in all.', 'statistic',
       ARRAY['topic ' || floor(exp(random() * ln(400)))::int], 'Town ' || floor(exp(random() * ln(900)))::int, 1
FROM generate_series(1, :many) AS n
CROSS JOIN LATERAL (
    SELECT string_agg('w' || floor(exp(random() * ln(40000)))::int, ' ') AS words
    FROM generate_series(1, 14) AS at WHERE n > 0 AND at > 0
) AS said;
INSERT INTO claims_quantity (claim_id, measure, value, unit, place, version)
SELECT id, 'things counted of sort ' || floor(exp(random() * ln(20000)))::int, 1 + floor(exp(random() * 12)), 'things',
       place, 1
FROM claims_claim WHERE key IS NULL;
VACUUM ANALYZE claims_claim;
VACUUM ANALYZE claims_quantity;
