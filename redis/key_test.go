package redis

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
)

func TestKeys(t *testing.T) {
	for _, test := range []struct{ prefix, namespace, id, want string }{
		{"session", "", "ID", "session:ID"},
		{"app:admin", "", "ID", "app:admin:ID"},
		{"app", "owners", "ID", "app:#owners:ID"},
	} {
		if got := newKeys(test.prefix, test.namespace).of(test.id); got != test.want {
			t.Errorf("key of %q in namespace %q of prefix %q: got %q, want %q", test.id, test.namespace, test.prefix, got, test.want)
		}
	}
	if got, want := (Options{}).keys().of("ID"), "session:ID"; got != want {
		t.Errorf("key with the zero Options: got %q, want %q", got, want)
	}
}

// TestKeysDiffer makes keys of short parts from a small alphabet, of which
// many would meet if the layout were ambiguous.
func TestKeysDiffer(t *testing.T) {
	type parts struct{ prefix, namespace, id string }
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	word := func(alphabet string, least int) string {
		b := make([]byte, least+r.IntN(4))
		for i := range b {
			b[i] = alphabet[r.IntN(len(alphabet))]
		}
		return string(b)
	}
	seen := make(map[string]parts)
	for range 200_000 {
		p := parts{prefix: word("a:-", 1), id: word("a-.", 1)}
		if r.IntN(2) == 0 {
			p.namespace = word("a-", 1)
		}
		if (Options{Prefix: p.prefix}).check() != nil || !sessionstore.ValidID(p.id) {
			t.Fatalf("parts that are not valid: %+v", p)
		}
		key := newKeys(p.prefix, p.namespace).of(p.id)
		if other, ok := seen[key]; ok && other != p {
			t.Fatalf("one key %q for %+v and %+v", key, p, other)
		}
		seen[key] = p
	}
}

func TestMilliseconds(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		ttl  time.Duration
		want int64
	}{
		{1, 1},
		{ms - 1, 1},
		{ms, 1},
		{ms + 1, 2},
		{1500 * time.Microsecond, 2},
		{time.Second, 1000},
		{sessionstore.MaxTTL - ms, 400*86_400_000 - 1},
		{sessionstore.MaxTTL - 1, 400 * 86_400_000},
		{sessionstore.MaxTTL, 400 * 86_400_000},
	} {
		if got, want := milliseconds(test.ttl), strconv.FormatInt(test.want, 10); got != want {
			t.Errorf("%v in milliseconds: got %s, want %s", test.ttl, got, want)
		}
	}
}
