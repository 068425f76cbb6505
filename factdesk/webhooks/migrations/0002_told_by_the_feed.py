from django.db import migrations

LEAVE_A_JOB = """
CREATE FUNCTION webhooks_leave_a_job() RETURNS trigger LANGUAGE plpgsql AS $$
-- The transaction that took this ticket is about to commit, and has its number (changes_number comes first, by its name,
-- and holds a lock until the commit: jobs have the order of commits). Where somebody listens, it leaves one job, however
-- much it changed; the worker finds out what and for whom. If it does not commit after all, there is none.
BEGIN
    IF EXISTS (SELECT FROM webhooks_endpoint WHERE disabled_at IS NULL) THEN
        INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args) VALUES
            ('webhooks', 'factdesk.webhooks.tasks.fan_out', 'webhooks', jsonb_build_object('ticket', NEW.id));
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER webhooks_leave_a_job AFTER INSERT ON changes_ticket DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION webhooks_leave_a_job();
"""

DROP = "DROP TRIGGER webhooks_leave_a_job ON changes_ticket; DROP FUNCTION webhooks_leave_a_job();"


class Migration(migrations.Migration):
    dependencies = [
        ("webhooks", "0001_endpoints_and_deliveries"),
        ("changes", "0001_the_feed"),
        ("procrastinate", "0001_initial"),
    ]

    operations = [migrations.RunSQL(LEAVE_A_JOB, DROP)]
