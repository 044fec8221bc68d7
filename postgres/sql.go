package postgres

import "time"

// The statements, with the names of the default table; [names] puts in those
// of the store's. Each runs alone, as its own transaction, so that it happens
// whole or not at all. A time of the application is never sent: only the
// length of a ttl.
const (
	// sqlGet reads one committed row and locks nothing. It compares with
	// now(), when the request arrived, because the server looks at the table
	// after that. clock_timestamp() would be read after that look: a session
	// that is touched between the two, just before its deadline, would be
	// found in its old version and already expired, though it lived
	// throughout.
	sqlGet = `
SELECT data FROM "sessions"
WHERE namespace = $1 AND id = $2 AND expires_at > now()`

	// sqlSet locks the row of the id, if there is one, until it ends. The
	// deadline of an existing row is counted from after the wait for that
	// lock. sweep_at stays, which keeps the update HOT, unless the session
	// would now linger after its deadline.
	sqlSet = `
INSERT INTO "sessions" AS s (namespace, id, data, expires_at, sweep_at)
VALUES ($1, $2, $3::bytea,
	clock_timestamp() + $4::bigint * interval '1 microsecond',
	clock_timestamp() + $4::bigint * interval '1 microsecond')
ON CONFLICT (namespace, id) DO UPDATE SET
	data = excluded.data,
	expires_at = clock_timestamp() + $4::bigint * interval '1 microsecond',
	sweep_at = least(s.sweep_at, clock_timestamp() + $4::bigint * interval '1 microsecond')`

	// sqlTouch locks the row of the id until it ends. Where it has to wait
	// for that lock, the server evaluates both clocks again on the row's
	// newest version: a row that expired or was deleted meanwhile is not
	// revived. It changes no indexed column and not the data, and is HOT. The
	// price: a session that is shortened keeps its row, unseen, until the
	// sweep after its former deadline.
	sqlTouch = `
UPDATE "sessions" SET expires_at = clock_timestamp() + $3::bigint * interval '1 microsecond'
WHERE namespace = $1 AND id = $2 AND expires_at > clock_timestamp()`

	// sqlDelete locks the row of the id, if there is one, until it ends.
	sqlDelete = `
DELETE FROM "sessions" WHERE namespace = $1 AND id = $2`

	// sqlSweep looks at the rows that are due longest and locks them until it
	// ends: a Set, Touch or Delete of one of them waits that long, a Get does
	// not. Rows that others have locked are left to the next round. What is
	// dead under the lock stays dead; the deadline is checked once more by
	// the deletion itself all the same. now() is fixed for the statement,
	// which lets the index find the rows, and is never late.
	sqlSweep = `
WITH due AS (
	SELECT namespace, id, expires_at <= now() AS dead FROM "sessions"
	WHERE sweep_at <= now() ORDER BY sweep_at LIMIT $1::bigint FOR UPDATE SKIP LOCKED
), gone AS (
	DELETE FROM "sessions" AS s USING due
	WHERE due.dead AND s.namespace = due.namespace AND s.id = due.id AND s.expires_at <= now()
	RETURNING 1
), moved AS (
	UPDATE "sessions" AS s SET sweep_at = s.expires_at FROM due
	WHERE NOT due.dead AND s.namespace = due.namespace AND s.id = due.id
)
SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM gone)`

	// sqlVersion locks nothing.
	sqlVersion = `SELECT version FROM "sessions_schema"`
)

// statements are those of one table.
type statements struct {
	get, set, touch, delete, sweep, version string
}

func newStatements(n *names) statements {
	return statements{
		get:     n.sql(sqlGet),
		set:     n.sql(sqlSet),
		touch:   n.sql(sqlTouch),
		delete:  n.sql(sqlDelete),
		sweep:   n.sql(sqlSweep),
		version: n.sql(sqlVersion),
	}
}

// microseconds returns ttl in the server's unit, rounded up, and one more: the
// server's clock does not show the part of a microsecond that has passed, and
// a session must not end early by it.
func microseconds(ttl time.Duration) int64 {
	return int64((ttl+time.Microsecond-1)/time.Microsecond) + 1
}
