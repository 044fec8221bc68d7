package redis

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

func TestKeys(t *testing.T) {
	for _, test := range []struct{ prefix, namespace, id, want string }{
		{"session", "", "ID", "session:ID"},
		{"app:admin", "", "ID", "app:admin:ID"},
		{"app", "owners", "ID", "app:#owners:ID"},
		{"app", "owners:index", "ID", "app:#owners:index:ID"},
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

// TestOwn tells keys apart that look alike.
func TestOwn(t *testing.T) {
	long := strings.Repeat("n", sessionstore.MaxNamespaceBytes)
	for _, test := range []struct {
		key                string
		id, own, namespace bool // of app as All sees it and as Clear does, and of its namespace ns
	}{
		{"app:ID", true, true, false},
		{"app:ns", true, true, false},
		{"app:#ns:ID", false, true, true},
		{"app:#ns:inner:ID", false, true, true},
		{"app:#ns2:ID", false, true, false},
		{"app:#other:ns:ID", false, true, false},
		{"app:#" + long + ":ID", false, true, false},
		{"app:#" + long + "n:ID", false, false, false},
		{"app:#ns:" + long + ":ID", false, false, false},
		{"app:" + strings.Repeat("i", sessionstore.MaxIDBytes+1), false, false, false},
		{"app2:ID", false, false, false},
		{"app:admin:ID", false, false, false},
		{"app:admin:#ns:ID", false, false, false},
		{"xapp:ID", false, false, false},
		{"app", false, false, false},
		{"app:", false, false, false},
		{"app:#", false, false, false},
		{"app:#ns", false, false, false},
		{"app:#ns:", false, false, false},
		{"app:#:ID", false, false, false},
		{"app:#ns::ID", false, false, false},
		{"app:#ns:#ns:ID", false, false, false},
		{"app:#ns:I D", false, false, false},
		{"app:I#D", false, false, false},
		{"app:I*", false, false, false},
		{"#ns:ID", false, false, false},
		{"", false, false, false},
	} {
		app, ns := newKeys("app", ""), newKeys("app", "ns")
		if _, got := app.id(test.key); got != test.id {
			t.Errorf("%q is a session of app: got %v, want %v", test.key, got, test.id)
		}
		if got := app.own(test.key); got != test.own {
			t.Errorf("%q is a key of app: got %v, want %v", test.key, got, test.own)
		}
		if got := ns.own(test.key); got != test.namespace {
			t.Errorf("%q is a key of the namespace: got %v, want %v", test.key, got, test.namespace)
		}
	}
}

// TestPattern wants nothing in a prefix or a name that SCAN would not take
// literally.
func TestPattern(t *testing.T) {
	for _, c := range []byte(`*?[]^\\`) {
		if prefixByte(c) || sessionstore.ValidID(string(c)) {
			t.Errorf("%q is allowed in a prefix or an id, and means something in a glob", c)
		}
	}
}

// FuzzKeys wants one key for one (prefix, namespace, id), the parts back from
// it, and each key known as own by whoever it belongs to alone.
func FuzzKeys(f *testing.F) {
	f.Add("app", "", "ID", "app", "ns", "ID")
	f.Add("app", "", "ID", "app:admin", "", "ID")
	f.Add("app", "a:b", "ID", "app", "a", "b")
	f.Add("app:a", "", "ID", "app", "a", "ID")
	f.Add("a", "b", "c", "a", "b:c", "d")
	f.Fuzz(func(t *testing.T, prefix1, namespace1, id1, prefix2, namespace2, id2 string) {
		if !validParts(prefix1, namespace1, id1) || !validParts(prefix2, namespace2, id2) {
			return
		}
		one, two := newKeys(prefix1, namespace1), newKeys(prefix2, namespace2)
		key := one.of(id1)
		same := prefix1 == prefix2 && namespace1 == namespace2
		if got, want := key == two.of(id2), same && id1 == id2; got != want {
			t.Errorf("%q and %q are one key: got %v, want %v", key, two.of(id2), got, want)
		}
		if got, ok := one.id(key); got != id1 || !ok {
			t.Errorf("id of %q: got %q, %v, want %q", key, got, ok, id1)
		}
		if _, got := two.id(key); got != same {
			t.Errorf("%q is a session of %+v: got %v, want %v", key, two, got, same)
		}
		inside := namespace2 == "" || namespace1 == namespace2 || strings.HasPrefix(namespace1, namespace2+":")
		if got, want := two.own(key), prefix1 == prefix2 && inside; got != want {
			t.Errorf("%q is a key of %+v: got %v, want %v", key, two, got, want)
		}
	})
}

func validParts(prefix, namespace, id string) bool {
	path := ""
	if namespace != "" {
		for name := range strings.SplitSeq(namespace, ":") {
			var err error
			if path, err = contract.Namespace(path, name); err != nil {
				return false
			}
		}
	}
	return prefix != "" && (Options{Prefix: prefix}).check() == nil && sessionstore.ValidID(id)
}

// FuzzMilliseconds wants a ttl in the server's unit that is never less than the
// ttl, less than a unit more, at least one, and in the ttls' order.
func FuzzMilliseconds(f *testing.F) {
	f.Add(int64(1), int64(2))
	f.Add(int64(time.Millisecond), int64(time.Millisecond+1))
	f.Add(int64(sessionstore.MaxTTL-1), int64(sessionstore.MaxTTL))
	f.Fuzz(func(t *testing.T, a, b int64) {
		ttls := [2]time.Duration{time.Duration(a), time.Duration(b)}
		var got [2]int64
		for i, ttl := range ttls {
			if ttl <= 0 || ttl > sessionstore.MaxTTL {
				return
			}
			n, err := strconv.ParseInt(milliseconds(ttl), 10, 64)
			if more := time.Duration(n)*time.Millisecond - ttl; err != nil || n < 1 || more < 0 || more >= time.Millisecond {
				t.Errorf("%v in milliseconds: got %d, error %v", ttl, n, err)
			}
			got[i] = n
		}
		if (ttls[0] < ttls[1] && got[0] > got[1]) || (ttls[0] > ttls[1] && got[0] < got[1]) {
			t.Errorf("%v in milliseconds: got %v, which is another order", ttls, got)
		}
	})
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
