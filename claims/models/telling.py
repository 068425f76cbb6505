"""Whom the database tells of what, the moment that it happens (``claims_tell``, migration ``0007_telling_rules``).

What merely becomes due is told by ``claims_tell_due``, which a job asks once a minute.
"""

import pgtrigger

from factdesk.constraints import after_each

_BY = [("actor", "bigint := claims_declared('user')::bigint")]

assignee_is_told = after_each(
    "assignee_is_told",
    pgtrigger.Update,
    declare=_BY,
    condition=pgtrigger.Q(old__assignee__df=pgtrigger.F("new__assignee")) & pgtrigger.Q(new__assignee__isnull=False),
    func="""
    PERFORM claims_tell(NEW.assignee_id, 'assigned', NEW.id, NULL, actor,
                        format('assigned:%s:%s', NEW.id, NEW.version));
    RETURN NULL;
    """,
)

#: Whose claim it is, who wrote the newest finding and who signed it.
going_back_is_told = after_each(
    "going_back_is_told",
    pgtrigger.Insert,
    condition=pgtrigger.Q(new__action__in=["send_back", "reopen"]),
    func="""
    PERFORM claims_tell(concerned.id, CASE NEW.action WHEN 'reopen' THEN 'reopened' ELSE 'sent_back' END,
                        NEW.claim_id, NULL, NEW.by_id, format('transition:%s', NEW.id))
    FROM (
        SELECT assignee_id FROM claims_claim WHERE id = NEW.claim_id
        UNION SELECT author_id FROM claims_assessment
            WHERE id = (SELECT max(id) FROM claims_assessment WHERE claim_id = NEW.claim_id)
        UNION SELECT s.by_id FROM claims_signoff s WHERE s.decision = 'approve'
            AND s.assessment_id = (SELECT max(id) FROM claims_assessment WHERE claim_id = NEW.claim_id)
    ) AS concerned (id);
    RETURN NULL;
    """,
)

#: Whoever asked, whose claim it is, and who last said that it may be printed.
late_reply_is_told = after_each(
    "late_reply_is_told",
    pgtrigger.Update,
    declare=_BY,
    condition=pgtrigger.Q(new__outcome="replied") & ~pgtrigger.Q(old__outcome="replied"),
    func="""
    IF NOT EXISTS (SELECT FROM claims_replyrequest WHERE accusation_id = NEW.id AND deadline < NEW.replied_at) THEN
        RETURN NULL;
    END IF;
    PERFORM claims_tell(concerned.id, 'late_reply', NEW.claim_id, NULL, actor,
                        format('late:%s:%s', NEW.id, NEW.version))
    FROM (
        SELECT by_id FROM claims_replyrequest WHERE accusation_id = NEW.id
        UNION SELECT assignee_id FROM claims_claim WHERE id = NEW.claim_id
        UNION (SELECT by_id FROM claims_clearance WHERE claim_id = NEW.claim_id AND NOT automatic
               ORDER BY id DESC LIMIT 1)
    ) AS concerned (id);
    RETURN NULL;
    """,
)

#: ``@username`` in a remark; a full stop or the like at its end is the sentence's.
mention_is_told = after_each(
    "mention_is_told",
    pgtrigger.Insert | pgtrigger.Update,
    declare=_BY,
    condition=pgtrigger.Condition("position('@' IN NEW.body) > 0 AND NEW.claim_id IS NOT NULL"),
    func=r"""
    PERFORM claims_tell(u.id, 'mention', NEW.claim_id, NULL, coalesce(actor, NEW.by_id), format('mention:%s', NEW.id))
    FROM regexp_matches(NEW.body, '(?<![\w@.+-])@([\w@.+-]+)', 'g') AS said (name)
    JOIN people_user u ON lower(u.username) IN (lower(said.name[1]), lower(rtrim(said.name[1], '.+-@')));
    RETURN NULL;
    """,
)
