package memcached

import (
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

func TestKey(t *testing.T) {
	if got, want := key("app", "", "id"), "app:id"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := key("app", "owners", "id"), "app:#owners:id"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	longest := key(strings.Repeat("p", MaxPrefixBytes), strings.Repeat("n", sessionstore.MaxNamespaceBytes), strings.Repeat("i", sessionstore.MaxIDBytes))
	if len(longest) != longestKeyBytes || len(longest) > maxKeyBytes {
		t.Errorf("the longest key has %d bytes, want %d, at most %d", len(longest), longestKeyBytes, maxKeyBytes)
	}
}

// TestKeyInjective looks for two records with one key among short parts that
// are alike.
func TestKeyInjective(t *testing.T) {
	prefixes := words([]byte("a:-"), 3)
	ids := words([]byte("a-"), 2)
	seen := make(map[string][3]string)
	for _, prefix := range prefixes {
		for _, namespace := range append(ids, "", "a:a", "a:-", "-:a", "a:a:a", "aa:a", "a:aa") {
			for _, id := range ids {
				parts := [3]string{prefix, namespace, id}
				k := key(prefix, namespace, id)
				if other, taken := seen[k]; taken {
					t.Fatalf("%q and %q share the key %q", parts, other, k)
				}
				seen[k] = parts
			}
		}
	}
}

// words returns all words of 1 to n letters.
func words(letters []byte, n int) []string {
	if n == 0 {
		return nil
	}
	shorter := words(letters, n-1)
	all := shorter
	for _, c := range letters {
		all = append(all, string(c))
		for _, w := range shorter {
			if len(w) == n-1 {
				all = append(all, w+string(c))
			}
		}
	}
	return unique(all)
}

func unique(words []string) (kept []string) {
	seen := make(map[string]bool)
	for _, w := range words {
		if !seen[w] {
			seen[w] = true
			kept = append(kept, w)
		}
	}
	return kept
}

func TestPrefix(t *testing.T) {
	server := testserver.Memcached(t)
	unlike := newPrefix()
	for _, c := range []struct {
		prefix string
		valid  bool
	}{
		{"a", true}, {"app:v1.2_x~y-Z", true},
		{strings.Repeat("p", MaxPrefixBytes-1), true},
		{strings.Repeat("p", MaxPrefixBytes), true},
		{strings.Repeat("p", MaxPrefixBytes+1), false},
		{"a b", false}, {"a#b", false}, {"a\r\nflush_all", false}, {"a\x00", false}, {"a\x7f", false}, {"ä", false}, {"a*", false},
	} {
		s, err := New([]string{server.Addr()}, Options{Prefix: c.prefix})
		if (err == nil) != c.valid {
			t.Errorf("New with prefix %q: got error %v, want one: %v", c.prefix, err, !c.valid)
		}
		if err != nil {
			continue
		}
		id := strings.Repeat("i", sessionstore.MaxIDBytes-len(unlike)) + strings.ReplaceAll(unlike, ":", ".")
		mustSet(t, s, id, []byte(c.prefix))
		wantData(t, s, id, []byte(c.prefix))
		if err := s.Delete(t.Context(), id); err != nil {
			t.Error(err)
		}
		s.Close()
	}
}

// TestEmptyID would let the server run the session data as commands.
func TestEmptyID(t *testing.T) {
	f := newFake(t, func(string) string { return "STORED\r\n" })
	s := newStore(t, Options{}, f.addr())
	for _, op := range sessionOperations {
		wantErrors(t, op.name, op.call(t.Context(), s, ""), sessionstore.ErrInvalidID)
	}
	if _, conns := f.count(""); conns != 0 {
		t.Errorf("the server saw %d connections, want none", conns)
	}
}

// TestLargestRecord has the longest key and the most data, on a server with
// the item limit that is memcached's default, and on one with less.
func TestLargestRecord(t *testing.T) {
	usual, less := testserver.NewMemcached(t, "-I", "1m"), testserver.NewMemcached(t, "-I", "512k")
	prefix, id := strings.Repeat("p", MaxPrefixBytes), strings.Repeat("i", sessionstore.MaxIDBytes)
	data := pattern(id, sessionstore.MaxDataBytes)

	s := newStore(t, Options{Prefix: prefix}, usual.Addr())
	mustSet(t, s, id, data)
	wantData(t, s, id, data)
	err := s.Set(t.Context(), id, append(data, 'x'), time.Hour)
	wantErrors(t, "Set of a byte too many", err, sessionstore.ErrTooLarge)
	wantData(t, s, id, data)

	s = newStore(t, Options{Prefix: prefix}, less.Addr())
	err = s.Set(t.Context(), id, data, time.Hour)
	wantErrors(t, "Set on a server with -I 512k", err, sessionstore.ErrTooLarge)
	wantNot(t, "Set on a server with -I 512k", err, sessionstore.ErrUnknownOutcome)
	if err != nil && !strings.Contains(err.Error(), "memcached with -I 2m") {
		t.Errorf("got error %q, want one that says how to start the server", err)
	}
	mustSet(t, s, id, data[:1000])
	wantData(t, s, id, data[:1000])
}

// TestFull fills a server that may not evict.
func TestFull(t *testing.T) {
	server := testserver.NewMemcached(t, "-M", "-m", "2")
	s := newStore(t, Options{}, server.Addr())
	data := pattern("full", 20_000)
	var ids []string
	for {
		id := sessionstore.NewID()
		if err := s.Set(t.Context(), id, data, time.Hour); err != nil {
			wantErrors(t, "Set on a full server", err, sessionstore.ErrFull)
			wantNot(t, "Set on a full server", err, sessionstore.ErrUnknownOutcome)
			break
		}
		if ids = append(ids, id); len(ids) > 10_000 {
			t.Fatal("200 MB fit into 2")
		}
	}
	for _, id := range ids {
		wantData(t, s, id, data)
	}
	err := s.Set(t.Context(), ids[0], data, time.Hour)
	wantErrors(t, "Set over a session on a full server", err, sessionstore.ErrFull)
	_, err = s.Get(t.Context(), ids[0])
	wantErrors(t, "Get after a Set that the server refused, as the package says", err, sessionstore.ErrNotFound)
	mustSet(t, s, "after", data) // there is room again
	wantData(t, s, "after", data)
}
