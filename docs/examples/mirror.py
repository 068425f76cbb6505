"""Keep a copy of the desk's claims in SQLite, by following its feed of changes. Nothing but the standard library.

    FACTDESK_TOKEN=fd_… python mirror.py http://127.0.0.1:8000 claims.db [SECONDS]

Without SECONDS it brings the copy up to date and ends; with them it goes on, and asks again after so many.
"""

import json
import os
import sqlite3
import sys
import time
import urllib.error
import urllib.request

AT_ONCE = 100  # ids that a list takes


def ask(address):
    """What stands at an address of the API. Told to wait (429), it waits."""
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {os.environ['FACTDESK_TOKEN']}"})
    while True:
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            if refused.code != 429:
                raise
            time.sleep(int(refused.headers["Retry-After"]))


def keep(copy, claims):
    copy.executemany("REPLACE INTO claims VALUES (?, ?)", [(int(one["id"]), json.dumps(one)) for one in claims])


def afresh(base, copy):
    """The cursor first, then the lists: what changes meanwhile comes after the cursor, and is read once more."""
    cursor, address = ask(f"{base}/api/v1/changes/?since=now")["cursor"], f"{base}/api/v1/claims/?ordering=id&limit=200"
    copy.execute("DELETE FROM claims")
    while address:
        page = ask(address)
        keep(copy, page["results"])
        address = page["next"]
    return cursor


def follow(base, copy):
    """From the cursor that the copy holds up to now. Claims and cursor are written together, or neither is."""
    while True:
        with copy:
            [cursor] = copy.execute("SELECT max(cursor) FROM at").fetchone()
            try:
                page = cursor and ask(f"{base}/api/v1/changes/?resource=claims&limit=1000&since={cursor}")
            except urllib.error.HTTPError as refused:
                if refused.code != 410:  # Gone: the feed does not reach back so far
                    raise
                page = None
            ids = sorted({row["id"] for row in page["results"]}) if page else []
            for some in (ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE)):
                keep(copy, ask(f"{base}/api/v1/claims/?limit=200&id={'&id='.join(some)}")["results"])
            cursor = page["cursor"] if page else afresh(base, copy)
            copy.execute("DELETE FROM at")
            copy.execute("INSERT INTO at VALUES (?)", [cursor])
        if page and not page["more"]:
            return


if __name__ == "__main__":
    with sqlite3.connect(sys.argv[2]) as copy:
        copy.execute("CREATE TABLE IF NOT EXISTS claims (id INTEGER PRIMARY KEY, json TEXT NOT NULL)")
        copy.execute("CREATE TABLE IF NOT EXISTS at (cursor TEXT NOT NULL)")
    while True:
        follow(sys.argv[1], copy)
        if len(sys.argv) < 4:
            break
        time.sleep(float(sys.argv[3]))
