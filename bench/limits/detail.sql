\set id random(1, :claims)
-- The detail's limit: a claim and the rows of its parts as they are stored, as one JSON text.
SELECT row_to_json(whole) FROM (SELECT c.id, c.key, c.statement, c.kind, c.state, c.verdict, c.flags, c.clearance,
    c.priority, c.topics, c.revision, c.version, c.independent_origins, c.warnings, c.place, c.about_from, c.about_until,
    c.look_again, c.last_verdict, c.source_changed, c.created_at, c.updated_at, u.username,
    (SELECT json_agg(row_to_json(p)) FROM claims_quantity p WHERE p.claim_id = c.id) AS quantities,
    (SELECT json_agg(row_to_json(p)) FROM (SELECT a.*, s.name FROM claims_attribution a
        JOIN sources_source s ON s.id = a.speaker_id WHERE a.claim_id = c.id) p) AS attributions,
    (SELECT json_agg(row_to_json(p)) FROM claims_evidence p WHERE p.claim_id = c.id) AS evidence,
    (SELECT json_agg(row_to_json(p)) FROM claims_annotation p WHERE p.claim_id = c.id) AS annotations,
    (SELECT json_agg(row_to_json(p)) FROM claims_accusation p WHERE p.claim_id = c.id) AS accusations,
    (SELECT json_agg(row_to_json(p)) FROM claims_relation p WHERE p.claim_id = c.id OR p.other_id = c.id) AS relations,
    (SELECT json_agg(row_to_json(p)) FROM claims_assessment p WHERE p.claim_id = c.id) AS assessments,
    (SELECT json_agg(row_to_json(p)) FROM claims_clearance p WHERE p.claim_id = c.id) AS clearances,
    (SELECT json_agg(row_to_json(p)) FROM claims_transition p WHERE p.claim_id = c.id) AS transitions,
    (SELECT json_agg(row_to_json(p)) FROM claims_ruling p WHERE p.claim_id = c.id) AS rulings,
    (SELECT json_agg(row_to_json(p)) FROM claims_usage p WHERE p.claim_id = c.id) AS usages,
    (SELECT json_agg(row_to_json(p)) FROM claims_copychange p WHERE p.claim_id = c.id) AS copy_changes
FROM claims_claim c LEFT JOIN people_user u ON u.id = c.assignee_id WHERE c.id = :id) whole;
