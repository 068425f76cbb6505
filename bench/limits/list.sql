-- The list's limit: the same 50 claims, every field that the list shows, as one JSON text.
SELECT json_agg(json_build_object(
    'id', c.id::text, 'key', c.key, 'url', 'http://127.0.0.1/api/v1/claims/' || c.id || '/', 'statement', c.statement,
    'kind', c.kind, 'state', c.state, 'verdict', c.verdict, 'flags', c.flags, 'clearance', c.clearance,
    'priority', c.priority, 'topics', c.topics, 'revision', c.revision,
    'assignee', CASE WHEN u.id IS NOT NULL THEN json_build_object('id', u.id::text, 'name', u.username) END,
    'independent_origins', c.independent_origins, 'warnings', c.warnings,
    'origins_pending', EXISTS (SELECT FROM claims_originspending p WHERE p.claim_id = c.id),
    'quantities', (SELECT coalesce(json_agg(json_build_object(
        'id', q.id::text, 'measure', q.measure, 'comparator', q.comparator, 'value', q.value::text,
        'upper', q.upper::text, 'margin', q.margin::text, 'unit', q.unit, 'population', q.population, 'place', q.place,
        'period', q.period, 'period_from', q.period_from, 'period_until', q.period_until, 'base', q.base_id::text,
        'base_is', q.base_is, 'vintage', q.vintage, 'as_worded', q.as_worded) ORDER BY q.id), '[]')
        FROM claims_quantity q WHERE q.claim_id = c.id AND q.withdrawn_at IS NULL),
    'updated_at', c.updated_at) ORDER BY c.updated_at DESC, c.id DESC)
FROM (SELECT * FROM claims_claim WHERE state = 'signed_off' AND kind = 'event'
      ORDER BY updated_at DESC, id DESC LIMIT 50) c
LEFT JOIN people_user u ON u.id = c.assignee_id;
