package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// complain makes every write of the table end with an error of the code, which
// shows the session as an application's own trigger may.
func complain(t *testing.T, s *Store, rawURL, code string) {
	t.Helper()
	name := s.names.table
	query(t, rawURL, fmt.Sprintf(`
		CREATE OR REPLACE FUNCTION "%[1]s_complain"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			RAISE EXCEPTION 'message with %%', NEW.id USING ERRCODE = '%[2]s',
				DETAIL = 'detail with ' || NEW.id, HINT = 'hint with ' || NEW.id, COLUMN = NEW.id, TABLE = NEW.id, CONSTRAINT = NEW.id;
		END $$;
		CREATE OR REPLACE TRIGGER complain BEFORE INSERT OR UPDATE ON "%[1]s" FOR EACH ROW EXECUTE FUNCTION "%[1]s_complain"()`, name, code))
	t.Cleanup(func() { query(t, rawURL, fmt.Sprintf(`DROP FUNCTION IF EXISTS "%s_complain"() CASCADE`, name)) })
}

// TestServerErrors: the outcome is known, the sentinel fits, and nothing of the
// session shows, in whatever way the error is printed.
func TestServerErrors(t *testing.T) {
	server := testserver.Postgres(t)
	s := opened(t, server.URL(), Options{Table: newTable(t, server.URL())})
	const id = "s3ss10n"
	for code, want := range map[string]error{
		"P0001": nil, "23514": nil, "22P02": nil, "57014": nil, codeDiskFull: sessionstore.ErrFull,
	} {
		complain(t, s, server.URL(), code)
		err := s.Set(t.Context(), id, []byte("s3ss10n data"), time.Hour)
		if err == nil || want != nil && !errors.Is(err, want) || errors.Is(err, sessionstore.ErrUnknownOutcome) {
			t.Errorf("%s: got error %v, want one that matches %v and has a known outcome", code, err, want)
		}
		pg, ok := errors.AsType[*pgconn.PgError](err)
		if !ok || pg.Code != code {
			t.Errorf("%s: got error %v, want one that holds a PgError with this code", code, err)
		}
		if text := fmt.Sprintf("%v %+v %#v %+v %#v", err, err, err, pg, pg); strings.Contains(text, id) {
			t.Errorf("%s: the error shows the session: %s", code, text)
		}
	}
}

// TestRefusalsAreBounded: a statement that is refused again and again ends by
// its context, with a known outcome.
func TestRefusalsAreBounded(t *testing.T) {
	server := testserver.Postgres(t)
	s := opened(t, server.URL(), Options{Table: newTable(t, server.URL())})
	complain(t, s, server.URL(), codeSerialization)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := s.Set(ctx, "a", nil, time.Hour)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got error %v, want context.DeadlineExceeded", err)
	}
	if got := rows(t, s, "true"); got != 0 {
		t.Errorf("got %d rows, want none", got)
	}
	if testing.Short() {
		return
	}
	if err := s.Set(t.Context(), "a", nil, time.Hour); err == nil || errors.Is(err, sessionstore.ErrUnknownOutcome) {
		t.Errorf("without a deadline: got error %v, want a known outcome", err)
	}
}

func TestReadOnly(t *testing.T) {
	server := testserver.Postgres(t)
	table := newTable(t, server.URL())
	opened(t, server.URL(), Options{Table: table})
	s := opened(t, with(t, server.URL(), "default_transaction_read_only", "on"), Options{Table: table})
	err := s.Set(t.Context(), "a", nil, time.Hour)
	wantText(t, err, "connect to the primary")
	if errors.Is(err, sessionstore.ErrUnknownOutcome) {
		t.Errorf("got %v, but the outcome is known", err)
	}
	if _, err := s.Get(t.Context(), "a"); !errors.Is(err, sessionstore.ErrNotFound) {
		t.Errorf("Get: got error %v, want ErrNotFound", err)
	}
}

// TestStatementTimeout: the server's own limit undoes the statement.
func TestStatementTimeout(t *testing.T) {
	server := testserver.Postgres(t)
	table := newTable(t, server.URL())
	opened(t, server.URL(), Options{Table: table})
	s := opened(t, with(t, server.URL(), "statement_timeout", "100ms"), Options{Table: table})
	locked(t, s, server.URL(), func() {
		err := s.Set(t.Context(), "a", []byte("late"), time.Hour)
		wantText(t, err, "statement_timeout")
		if errors.Is(err, sessionstore.ErrUnknownOutcome) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, but the outcome is known, and no context ended", err)
		}
	})
}

// TestTerminated: a statement that the server ends with its connection may
// have been committed.
func TestTerminated(t *testing.T) {
	server := testserver.Postgres(t)
	s := opened(t, server.URL(), Options{Table: newTable(t, server.URL())})
	locked(t, s, server.URL(), func() {
		ended := make(chan error)
		go func() { ended <- s.Set(t.Context(), "a", []byte("late"), time.Hour) }()
		await(t, "the Set waits for the lock and is terminated", func() bool {
			return number(t, s.pool, `SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE wait_event_type = 'Lock' AND query LIKE '%' || $1 || '%') x`, s.names.table) > 0
		})
		if err := <-ended; !errors.Is(err, sessionstore.ErrUnknownOutcome) {
			t.Errorf("got error %v, want ErrUnknownOutcome", err)
		}
	})
	use(t, s)
}

// locked runs f while another transaction holds the row of "a".
func locked(t *testing.T, s *Store, rawURL string, f func()) {
	t.Helper()
	query(t, rawURL, s.names.sql(`INSERT INTO "sessions" VALUES ('', 'a', '', now() + interval '1 h', now() + interval '1 h')`))
	conn := connected(t, rawURL)
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), s.names.sql(`BEGIN; SELECT FROM "sessions" FOR UPDATE`)); err != nil {
		t.Fatal(err)
	}
	f()
}

// TestGivenPoolClosed: the pool's owner may close it before the store.
func TestGivenPoolClosed(t *testing.T) {
	server := testserver.Postgres(t)
	pool := newPool(t, server.URL())
	s := given(t, pool, newTable(t, server.URL()))
	pool.Close()
	if _, err := s.Get(t.Context(), "a"); !errors.Is(err, sessionstore.ErrClosed) {
		t.Errorf("got error %v, want ErrClosed", err)
	}
}

func TestCloseLeavesAGivenPool(t *testing.T) {
	server := testserver.Postgres(t)
	pool := newPool(t, server.URL())
	s := given(t, pool, newTable(t, server.URL()))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := pool.Ping(t.Context()); err != nil {
		t.Errorf("the pool after Close of the store: %v", err)
	}
	if _, err := s.Get(t.Context(), "a"); !errors.Is(err, sessionstore.ErrClosed) {
		t.Errorf("Get after Close: got error %v, want ErrClosed", err)
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := New(nil, Options{}); err == nil {
		t.Error("no pool: got no error")
	}
	if err := Migrate(t.Context(), nil, Options{}); err == nil {
		t.Error("Migrate without a pool: got no error")
	}
	server := testserver.Postgres(t)
	if _, err := New(newPool(t, server.URL()), Options{MaxConns: 1}); err == nil {
		t.Error("Options.MaxConns: got no error")
	}
}

// TestWrongPassword is a server that asks for a password and refuses it.
func TestWrongPassword(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		server := pgproto3.NewBackend(conn, conn)
		server.ReceiveStartupMessage()
		server.SetAuthType(pgproto3.AuthTypeCleartextPassword)
		server.Send(&pgproto3.AuthenticationCleartextPassword{})
		server.Flush()
		if answer, err := server.Receive(); err == nil {
			got <- answer.(*pgproto3.PasswordMessage).Password
		}
		server.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "28P01", Message: "password authentication failed"})
		server.Flush()
	}()
	_, err = Open(t.Context(), "postgres://app:s3cr3t@"+l.Addr().String()+"/db?sslmode=disable", Options{})
	wantText(t, err, "password authentication failed")
	if <-got != "s3cr3t" {
		t.Error("the server got another password")
	}
	for ; err != nil; err = errors.Unwrap(err) {
		if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "s3cr3t") {
			t.Errorf("the error shows the password: %#v", err)
		}
	}
}

func TestUnknown(t *testing.T) {
	pg := func(severity, code string) error {
		return &pgconn.PgError{Severity: severity, SeverityUnlocalized: severity, Code: code}
	}
	for _, c := range []struct {
		err  error
		want bool
	}{
		{io.ErrUnexpectedEOF, true},
		{pgx.ErrNoRows, false},
		{context.DeadlineExceeded, true},
		{pg("ERROR", "23505"), false},
		{pg("ERROR", codeSerialization), false},
		{pg("ERROR", "57014"), false},
		{pg("ERROR", codeDiskFull), false},
		{pg("ERROR", codeUnknown), true},
		{pg("ERROR", "08006"), true},
		{pg("FATAL", "57P01"), true},
		{pg("PANIC", codeDiskFull), true},
		{&pgconn.PgError{Severity: "FEHLER", Code: "23505"}, true}, // a server too old to say it in English
		{&pgconn.PgError{Severity: "FEHLER", SeverityUnlocalized: "ERROR", Code: "23505"}, false},
	} {
		if got := unknown(c.err); got != c.want {
			t.Errorf("%#v: got %v, want %v", c.err, got, c.want)
		}
	}
}
