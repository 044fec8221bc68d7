package postgres

import "time"

// The statements, with the names of the default table; [names] puts in those
// of the store's. Those of a capability are in its file. Each runs alone, as its own transaction, so that it happens
// whole or not at all. A time of the application is never sent: only the
// length of a ttl.
const (
	// sqlGet reads one committed row and locks nothing. Of a row that has
	// expired it sends no data: sqlExpire finds out whether another is just
	// renewing it. It compares with now(), when the request arrived, because
	// the server looks at the table after that: a session that is touched
	// between the two, just before its deadline, is found in its old version
	// and still live.
	sqlGet = `
SELECT expires_at > now(), CASE WHEN expires_at > now() THEN data END FROM "sessions"
WHERE namespace = $1 AND id = $2`

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
	// revived. But where the version that was committed when it began has
	// expired it passes by, though another may be renewing the row: that it
	// changed nothing proves nothing. It does not change the data, and sweep_at only where the session
	// is made to end before that: the Touch of a session that slides is HOT.
	sqlTouch = `
UPDATE "sessions" SET
	expires_at = clock_timestamp() + $3::bigint * interval '1 microsecond',
	sweep_at = least(sweep_at, clock_timestamp() + $3::bigint * interval '1 microsecond')
WHERE namespace = $1 AND id = $2 AND expires_at > clock_timestamp()`

	// sqlLive says what a write that changed nothing has met, as sqlGet would
	// see it. It locks nothing.
	sqlLive = `
SELECT expires_at > now() FROM "sessions" WHERE namespace = $1 AND id = $2`

	// sqlDelete locks the row of the id, if there is one, until it ends.
	sqlDelete = `
DELETE FROM "sessions" WHERE namespace = $1 AND id = $2`

	// sqlVersion locks nothing.
	sqlVersion = `SELECT version FROM "sessions_schema"`
)

// statements are those of one table.
type statements struct {
	get, set, touch, delete, version string
	live, expire                     string
	create, replace, getAndTouch     string
	swap, look                       string
	rotate, lookTwice                string
	list, clear, sweep               string
}

func newStatements(n *names) statements {
	return statements{
		get:         n.sql(sqlGet),
		set:         n.sql(sqlSet),
		touch:       n.sql(sqlTouch),
		delete:      n.sql(sqlDelete),
		version:     n.sql(sqlVersion),
		live:        n.sql(sqlLive),
		expire:      n.sql(sqlExpire),
		create:      n.sql(sqlCreate),
		replace:     n.sql(sqlReplace),
		getAndTouch: n.sql(sqlGetAndTouch),
		swap:        n.sql(sqlSwap),
		look:        n.sql(sqlLook),
		rotate:      n.sql(sqlRotate),
		lookTwice:   n.sql(sqlLookTwice),
		list:        n.sql(sqlList),
		clear:       n.sql(sqlClear),
		sweep:       n.sql(sqlSweep),
	}
}

// microseconds returns ttl in the server's unit, rounded up, and one more: the
// server's clock does not show the part of a microsecond that has passed, and
// a session must not end early by it.
func microseconds(ttl time.Duration) int64 {
	return int64((ttl+time.Microsecond-1)/time.Microsecond) + 1
}
