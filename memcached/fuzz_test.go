package memcached

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// hostile are ids and data with which a careless client would change other
// records: commands, ends of lines, keys of others.
var hostile = []string{
	"", " ", "id", "sentinel", ":sentinel", "#ns:sentinel", "~", "-1", "a b", "id 0 0 1", "id\r\nflush_all\r\n",
	"\r\nflush_all\r\n", "\r\ndelete others:1\r\n", "x\r\nset others:1 0 0 1\r\ny\r\n", "\n", "\x00", "é", "\xff",
	"flush_all\r\n", "flush_all", "END\r\n", "STORED\r\n", "NOT_FOUND\r\n", "VALUE session:id 0 1\r\nx\r\nEND\r\n",
	strings.Repeat("i", sessionstore.MaxIDBytes), strings.Repeat("i", sessionstore.MaxIDBytes+1), strings.Repeat("\r\nflush_all", 30),
}

// FuzzRestUnchanged runs every operation with any id, name and data against a
// server that holds records of others. Those stay as they are, to their cas
// numbers, and nothing is left behind.
func FuzzRestUnchanged(f *testing.F) {
	server := testserver.NewMemcached(f)
	others := newOthers(f, server.Addr())
	s, err := New([]string{server.Addr()}, Options{Timeout: 10 * time.Second})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	for i, text := range hostile {
		f.Add(text, "name", []byte(text), hostile[len(hostile)-1-i])
		f.Add("id", text, []byte(text), "new")
	}
	f.Fuzz(func(t *testing.T, id, name string, data []byte, newID string) {
		for _, n := range inAndOut(t, s, name) {
			useAny(t, n, id, newID, data)
			n.Delete(t.Context(), id)
			n.Delete(t.Context(), newID)
		}
		others.check(t)
	})
}

// inAndOut returns s, and its namespace where the name is good.
func inAndOut(t *testing.T, s *Store, name string) []*Store {
	n, err := s.Namespace(name)
	if good := sessionstore.ValidID(name) && len(name) <= sessionstore.MaxNamespaceBytes; !good {
		wantErrors(t, "Namespace", err, sessionstore.ErrInvalidID)
		return []*Store{s}
	}
	if err != nil {
		t.Fatalf("Namespace with a good name: %v", err)
	}
	return []*Store{s, n.(*Store)}
}

// useAny calls each method once and wants what the arguments deserve.
func useAny(t *testing.T, s *Store, id, newID string, data []byte) {
	ctx, other := t.Context(), append([]byte("x"), data...)
	expect := func(name string, err, want error) {
		t.Helper()
		switch {
		case !sessionstore.ValidID(id):
			want = sessionstore.ErrInvalidID
		case len(data) > sessionstore.MaxDataBytes:
			return
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: got error %v, want %v", name, err, want)
		}
	}
	is := func(name string, got []byte, err error, want []byte) {
		t.Helper()
		expect(name, err, nil)
		if err == nil && !bytes.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	_, err := s.Get(ctx, id)
	expect("Get of an absent session", err, sessionstore.ErrNotFound)
	expect("Replace of an absent session", s.Replace(ctx, id, data, time.Hour), sessionstore.ErrNotFound)
	expect("Create", s.Create(ctx, id, data, time.Hour), nil)
	expect("Create again", s.Create(ctx, id, other, time.Hour), sessionstore.ErrExists)
	got, err := s.Get(ctx, id)
	is("Get", got, err, data)
	expect("Set", s.Set(ctx, id, other, time.Hour), nil)
	expect("Touch", s.Touch(ctx, id, time.Hour), nil)
	expect("Replace", s.Replace(ctx, id, data, time.Hour), nil)
	got, err = s.GetAndTouch(ctx, id, time.Hour)
	is("GetAndTouch", got, err, data)
	expect("CompareAndSwap of other data", s.CompareAndSwap(ctx, id, other, data, time.Hour), sessionstore.ErrConflict)
	expect("CompareAndSwap", s.CompareAndSwap(ctx, id, data, other, time.Hour), nil)
	rotateAny(t, s, id, newID, other, data)
	expect("Delete", s.Delete(ctx, id), nil)
}

func rotateAny(t *testing.T, s *Store, id, newID string, old, new []byte) {
	var want error
	switch {
	case !sessionstore.ValidID(id) || !sessionstore.ValidID(newID):
		want = sessionstore.ErrInvalidID
	case id == newID:
		want = sessionstore.ErrExists
	}
	err := s.RotateSwap(t.Context(), id, newID, old, new, time.Hour)
	if len(old) <= sessionstore.MaxDataBytes && !errors.Is(err, want) {
		t.Errorf("RotateSwap: got error %v, want %v", err, want)
	}
	if err == nil {
		wantData(t, s, newID, new)
		wantMiss(t, s, id)
	}
}

// others are records beside a store's, some under keys that are near to its
// own.
type others struct {
	addr   string
	client *memcache.Client
	keys   []string
	items  map[string]*memcache.Item
}

func newOthers(f *testing.F, addr string) *others {
	f.Helper()
	o := &others{addr: addr, client: memcache.New(addr)}
	f.Cleanup(func() { o.client.Close() })
	for i := range 20 {
		o.keys = append(o.keys, fmt.Sprint("others:", i))
	}
	o.keys = append(o.keys, "sentinel", "session", "session:", "session:#", "session:#n", "session2:id", "sessio:id", "#ns:sentinel", "-1")
	for _, key := range o.keys {
		if err := o.client.Set(&memcache.Item{Key: key, Value: []byte("of " + key), Flags: 7}); err != nil {
			f.Fatal(err)
		}
	}
	o.items = o.read(f)
	return o
}

func (o *others) read(tb testing.TB) map[string]*memcache.Item {
	tb.Helper()
	items, err := o.client.GetMulti(o.keys)
	if err != nil {
		tb.Fatal(err)
	}
	return items
}

// check fails where a record of others has changed, or another is there.
func (o *others) check(t *testing.T) {
	t.Helper()
	now := o.read(t)
	for _, key := range o.keys {
		was, is := o.items[key], now[key]
		if is == nil || is.CasID != was.CasID || is.Flags != was.Flags || !bytes.Equal(is.Value, was.Value) {
			t.Fatalf("the record %q of another was touched: got %+v, want %+v", key, is, was)
		}
	}
	if n := stat(t, o.addr, "curr_items"); n != len(o.keys) {
		t.Fatalf("the server has %d records, want the %d of others", n, len(o.keys))
	}
	if n := stat(t, o.addr, "cmd_flush"); n != 0 {
		t.Fatalf("the server was flushed %d times", n)
	}
}

// FuzzKey takes keys apart again: no two of (prefix, namespaces, id) share one.
func FuzzKey(f *testing.F) {
	for _, prefix := range []string{"session", "a:b", ":", "a:"} {
		for _, id := range []string{"id", "a", "-", "a.b", strings.Repeat("i", sessionstore.MaxIDBytes)} {
			f.Add(prefix, "", "", id)
			f.Add(prefix, "a", "", id)
			f.Add(prefix, "a", "b", id)
		}
	}
	f.Fuzz(func(t *testing.T, prefix, outer, inner, id string) {
		if checkPrefix(prefix) != nil || !sessionstore.ValidID(id) {
			t.Skip()
		}
		s := &Store{prefix: prefix}
		for _, name := range []string{outer, inner} {
			if n, err := s.Namespace(name); err == nil {
				s = n.(*Store)
			}
		}
		k := s.key(id)
		gotPrefix, gotNamespace, gotID := takeApart(k)
		if gotPrefix != prefix || gotNamespace != s.namespace || gotID != id {
			t.Errorf("%q, %q, %q is kept under %q, which is that of %q, %q, %q", prefix, s.namespace, id, k, gotPrefix, gotNamespace, gotID)
		}
		if len(k) > longestKeyBytes || strings.ContainsFunc(k, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			t.Errorf("memcached may not take the key %q", k)
		}
	})
}

func takeApart(key string) (prefix, namespace, id string) {
	last := strings.LastIndexByte(key, ':')
	prefix, id = key[:last], key[last+1:]
	prefix, namespace, _ = strings.Cut(prefix, ":#")
	return prefix, namespace, id
}
