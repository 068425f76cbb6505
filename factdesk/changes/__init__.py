"""The feed of changes: what was changed on the desk, in the order of commits, for programs that follow it.

The bargain: the database writes it, by a trigger that runs once a statement on every table that the API shows, so
that it is complete under bulk and raw SQL, and nobody else can write, change, remove or reorder a row. A transaction's
first change takes a ``Ticket``; when the transaction commits, and not before, the ticket is numbered (``seq``) under a
lock that is held until the commit is over. So whoever sees a number sees all smaller ones that there will ever be:
``seq`` is the order of commits, and a reader who goes on after the last number that they saw misses nothing and sees
nothing twice.

What is followed is said by the apps themselves (``followed`` of their ``AppConfig``; ``factdesk.changes.following``);
this room knows no table of theirs.

**How a consumer hooks in at commit**: by a trigger of its own on the ticket, made in its own migration. It runs inside
the committing transaction, once for it, after all of its changes and after its number is given::

    CREATE TRIGGER mine_at_commit AFTER UPDATE OF seq ON changes_ticket FOR EACH ROW
        WHEN (OLD.seq IS NULL) EXECUTE FUNCTION mine_at_commit();

There ``NEW.id`` is the ticket, ``NEW.seq`` its place in the order, ``NEW.at`` the moment, and
``SELECT … FROM changes_change WHERE ticket_id = NEW.id ORDER BY place, object_id`` what was changed: each object once,
with the version that it has now. What raises there undoes the transaction. All who commit wait for it (it runs under
the lock), so it is short, set-based, and waits for nobody: no row lock, no unique key that another transaction may
hold (procrastinate's ``queueing_lock`` is one), or two transactions wait for each other. What it writes belongs to the
same commit: a job made there is there if, and only if, the changes are. It must not change a followed table itself.
"""
