package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"
)

// redisInside looks into a redis past the store.
type redisInside struct{ url string }

func (in *redisInside) client(t *testing.T) *goredis.Client {
	t.Helper()
	opts, err := goredis.ParseURL(in.url)
	must(t, err)
	client := goredis.NewClient(opts)
	t.Cleanup(func() { must(t, client.Close()) })
	return client
}

func (in *redisInside) dump(t *testing.T) string {
	t.Helper()
	client := in.client(t)
	var all strings.Builder
	keys := client.Scan(t.Context(), 0, "*", 1000).Iterator()
	for keys.Next(t.Context()) {
		value, err := client.Get(t.Context(), keys.Val()).Result()
		if err != nil && err != goredis.Nil { // which expired in between
			t.Fatal(err)
		}
		all.WriteString(keys.Val() + " " + value + "\n")
	}
	must(t, keys.Err())
	return all.String()
}

func (in *redisInside) records(t *testing.T) int {
	t.Helper()
	n, err := in.client(t).DBSize(t.Context()).Result()
	must(t, err)
	return int(n)
}

// memcachedInside looks into a memcached past the store.
type memcachedInside struct{ addr string }

// dump returns all keys, and what is under each.
func (in *memcachedInside) dump(t *testing.T) string {
	t.Helper()
	listed := in.ask(t, "lru_crawler metadump all")
	var all strings.Builder
	for line := range strings.Lines(listed) {
		name, _ := strings.CutPrefix(strings.Fields(line)[0], "key=")
		key, err := url.QueryUnescape(name)
		must(t, err)
		all.WriteString(line + in.ask(t, "get "+key))
	}
	return all.String()
}

// records asks the server to give back what has expired, as it does by itself
// now and then, and returns how many items it still has.
func (in *memcachedInside) records(t *testing.T) int {
	t.Helper()
	in.ask(t, "lru_crawler crawl all")
	for line := range strings.Lines(in.ask(t, "stats")) {
		if n, ok := strings.CutPrefix(line, "STAT curr_items "); ok {
			n, err := strconv.Atoi(strings.TrimSpace(n))
			must(t, err)
			return n
		}
	}
	t.Fatal("memcached does not say how many items it has")
	return 0
}

// ask sends a command and returns the answer without its last line.
func (in *memcachedInside) ask(t *testing.T, command string) string {
	t.Helper()
	conn, err := net.Dial("tcp", in.addr)
	must(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "%s\r\n", command)
	must(t, err)
	var answer strings.Builder
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		switch lines.Text() {
		case "END", "OK", "BUSY currently processing crawler request":
			return answer.String()
		}
		answer.WriteString(lines.Text() + "\n")
	}
	t.Fatalf("memcached closed the connection after %q", answer.String())
	return ""
}

// postgresInside looks into a postgres past the store.
type postgresInside struct{ url, table string }

func (in *postgresInside) connect(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), in.url)
	must(t, err)
	return conn
}

func (in *postgresInside) dump(t *testing.T) string {
	t.Helper()
	conn := in.connect(t)
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), `SELECT namespace || ' ' || id || ' ' || encode(data, 'escape') FROM `+in.table)
	must(t, err)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	return strings.Join(all, "\n")
}

func (in *postgresInside) records(t *testing.T) (n int) {
	t.Helper()
	conn := in.connect(t)
	defer conn.Close(t.Context())
	must(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM `+in.table).Scan(&n))
	return n
}

// drop is for a server that is there after the test, whose context has ended
// by then.
func (in *postgresInside) drop(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, in.url)
	must(t, err)
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, `DROP TABLE IF EXISTS `+in.table+`, `+in.table+`_schema`)
	must(t, err)
}
