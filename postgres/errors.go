package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// The server's codes (SQLSTATE) on which something depends here.
const (
	codeDiskFull       = "53100"
	codeSerialization  = "40001"
	codeDeadlock       = "40P01"
	codeUnknown        = "40003" // statement_completion_unknown
	codeNoTable        = "42P01"
	codeDuplicateTable = "42P07"
	classConnection    = "08"
	classShutdown      = "57P" // the server ends, or did not start yet
)

// refused reports whether the server undid the statement and asks for another
// try.
func refused(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code == codeSerialization || pg.Code == codeDeadlock)
}

// unknown reports whether a write that got a connection and ended with err may
// have happened. An ordinary error of the server says that it did not. One that
// ends the connection says nothing: a commit that waits for its replicas when
// the server shuts down stands, and answers FATAL. Where it cannot be told, as
// when the connection is lost while a statement is only being prepared, the
// answer is yes.
func unknown(err error) bool {
	if _, ok := errors.AsType[*pgconn.PrepareError](err); ok || pgconn.SafeToRetry(err) {
		return false
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return false // the server has answered
	}
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return true
	}
	return severity(pg) != "ERROR" || pg.Code == codeUnknown ||
		strings.HasPrefix(pg.Code, classConnection) || strings.HasPrefix(pg.Code, classShutdown)
}

// severity is the untranslated one, where the server is new enough to send it.
func severity(pg *pgconn.PgError) string {
	if pg.SeverityUnlocalized != "" {
		return pg.SeverityUnlocalized
	}
	return pg.Severity
}

// cause returns what of err may be shown.
func cause(ctx context.Context, err error) error {
	if errors.Is(err, sessionstore.ErrClosed) || errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	if ctxErr := contract.CtxError(ctx); ctxErr != nil {
		return ctxErr
	}
	if err.Error() == "closed pool" { // puddle.ErrClosedPool, which pgxpool does not export
		return sessionstore.ErrClosed
	}
	if connect, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return connectCause(connect)
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return serverCause(pg)
	}
	return contract.Cause(ctx, err)
}

// connectCause says where and why no connection was made. No session had any
// part in it, so that the server's message may be shown. It leaves out user
// and database, and does not wrap the ConnectError, which holds the password.
func connectCause(err *pgconn.ConnectError) error {
	var lines []string // one for each address and each way of TLS
	for line := range strings.SplitSeq(errors.Unwrap(err).Error(), "\n") {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	text := "cannot connect: " + strings.Join(lines, "; ")
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		if remedy, ok := remedies[pg.Code]; ok {
			text += "; " + remedy
		}
		return &shown{text, &pgconn.PgError{Severity: severity(pg), SeverityUnlocalized: severity(pg), Code: pg.Code, Message: pg.Message}}
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return &shown{text + " (does a PostgreSQL run there?)", op}
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return &shown{text, dns}
	}
	return errors.New(text)
}

// shown is an error with a text of its own that wraps another.
type shown struct {
	text string
	err  error
}

func (s *shown) Error() string { return s.text }
func (s *shown) Unwrap() error { return s.err }

// serverCause returns the server's error with its code and a message from
// here. The server's own message, its detail, context and query may quote an
// id or data, as when a trigger or a constraint complains.
func serverCause(pg *pgconn.PgError) error {
	message := "the server refused the statement (its message is withheld: it may hold session data)"
	if remedy, ok := remedies[pg.Code]; ok {
		message = remedy
	}
	safe := &pgconn.PgError{Severity: severity(pg), SeverityUnlocalized: severity(pg), Code: pg.Code, Message: message}
	if pg.Code == codeDiskFull {
		return fmt.Errorf("%w: %w", sessionstore.ErrFull, safe)
	}
	return safe
}

// migrateCause is cause for the statements that make the tables. They hold no
// session.
func migrateCause(ctx context.Context, err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return errNoVersion
	}
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if ok && pg.Code == codeDuplicateTable {
		return errors.New("a table or index of that name is there already and is not a store's: choose another Options.Table")
	}
	return cause(ctx, err)
}

var errNoVersion = errors.New("the table of the schema's version has no row: restore it, or remove both tables")

// remedies says what an operator can do about an error, by its code.
var remedies = map[string]string{
	"25006":           "the server, or the session, is read-only: connect to the primary, with the right to write",
	"26000":           "the prepared statement is gone: behind pgbouncer before 1.21 add default_query_exec_mode=exec to the URL",
	"42P05":           "the prepared statement exists already: behind pgbouncer before 1.21 add default_query_exec_mode=exec to the URL",
	"3D000":           "create the database first",
	"3F000":           "the schema of Options.Table does not exist: create it first",
	"42501":           "permission denied: let the user create tables, or run schema.sql and grant SELECT, INSERT, UPDATE and DELETE",
	"42703":           "the table lacks a column: it is not what schema.sql makes",
	"42P10":           "the table lacks its primary key: it is not what schema.sql makes",
	codeNoTable:       "the table does not exist: call postgres.Migrate once, or use postgres.Open, or run schema.sql",
	"42704":           "a parameter of the URL is known neither to the client nor to the server: remove it",
	"53200":           "the server is out of memory",
	"53300":           "the server has no free connection: lower Options.MaxConns, or raise its max_connections",
	"55P03":           "a row stayed locked for longer than lock_timeout",
	"57014":           "the server cancelled the statement, by statement_timeout or an operator's request",
	"57P01":           "the server is shutting down",
	"57P02":           "the server is restarting after a crash",
	"57P03":           "the server is starting up or shutting down",
	codeDiskFull:      "the server's disk is full",
	codeSerialization: "the server kept refusing the statement, because others changed the same rows",
	codeDeadlock:      "the server kept refusing the statement, because of a deadlock",
}
