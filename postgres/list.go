package postgres

import (
	"context"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

const (
	// maxPageRows is how many rows one statement of All looks at, live or
	// not: each is short, also where most rows have expired.
	maxPageRows = 256

	// maxPageBytes is how much data one page holds before its last row. With
	// that row a page is at most twice as large, about.
	maxPageBytes = 1 << 20
)

// sqlList reads the rows after an id, in the order of the primary key, and
// locks nothing. Of a row that has expired it sends only the id, from which
// the next page goes on; sqlExpire finds out whether it is being renewed. It
// measures the data without reading what is stored out of line. Why it asks for
// now(), sqlGet says.
const sqlList = `
SELECT id, CASE WHEN live THEN data END,
	CASE WHEN live THEN (extract(epoch FROM expires_at - now()) * 1000000)::bigint END
FROM (
	SELECT *, sum(CASE WHEN live THEN octet_length(data) ELSE 0 END)
		OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
	FROM (
		SELECT id, data, expires_at, expires_at > now() AS live FROM "sessions"
		WHERE namespace = $1 AND id > $2 ORDER BY id LIMIT $3::bigint
	) AS page
) AS measured
WHERE coalesce(bytes_before, 0) < $4::bigint ORDER BY id`

// All lists the live sessions by their ids, in pages of up to 256 sessions and
// about a megabyte. It holds no connection while the caller has a session.
func (s *Store) All(ctx context.Context) iter.Seq2[sessionstore.Session, error] {
	return func(yield func(sessionstore.Session, error) bool) {
		if err := s.eachLive(ctx, func(session sessionstore.Session) bool { return yield(session, nil) }); err != nil {
			yield(sessionstore.Session{}, contract.Error("postgres: list", err))
		}
	}
}

// eachLive calls f with each session until f returns false. Its error may be
// shown, and f did not return false before it.
func (s *Store) eachLive(ctx context.Context, f func(sessionstore.Session) bool) error {
	for after := ""; ; {
		page, last, err := s.page(ctx, after)
		if err != nil {
			return err
		}
		for _, session := range page {
			if err := ctx.Err(); err != nil {
				return err
			}
			if !f(session) {
				return nil
			}
		}
		if last == "" {
			return nil
		}
		after = last
	}
}

// page returns the live sessions among the next rows after an id, and the last
// of these rows' ids, which is empty where there was none. It reads them again
// where a row that seemed to have expired may have been renewed.
func (s *Store) page(ctx context.Context, after string) (page []sessionstore.Session, last string, err error) {
	err = settle(ctx, func() (int64, error) {
		var dead []string
		var err error
		page, last, dead, err = s.readPage(ctx, after)
		if err != nil || len(dead) == 0 {
			return 1, err
		}
		gone, err := s.expire(ctx, dead)
		if err != nil || gone {
			return 1, err
		}
		return 0, nil
	}, func() error { return nil })
	return page, last, err
}

// readPage is page, and also returns the ids of the rows that have expired.
func (s *Store) readPage(ctx context.Context, after string) (page []sessionstore.Session, last string, dead []string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, "", nil, err
	}
	err = s.read(ctx, func(conn *pgxpool.Conn) error {
		page, last, dead = nil, "", nil // of an attempt that was refused
		now := time.Now()
		rows, err := conn.Query(ctx, s.sql.list, s.namespace, after, maxPageRows, maxPageBytes)
		if err != nil {
			return err
		}
		var id string
		var data []byte
		var left *int64 // microseconds; NULL where the session has expired
		_, err = pgx.ForEachRow(rows, []any{&id, &data, &left}, func() error {
			last = id
			if left == nil {
				dead = append(dead, id)
				return nil
			}
			expiresAt := now.Add(time.Duration(*left) * time.Microsecond)
			page = append(page, sessionstore.Session{ID: id, Data: notNull(data), ExpiresAt: expiresAt})
			return nil
		})
		return err
	})
	return page, last, dead, err
}
