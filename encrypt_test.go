package sessionstore_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/memory"
)

// encryptWith returns an Encrypt with a purpose and keys.
func encryptWith(t testing.TB, s sessionstore.Store, purpose string, keys ...[]byte) sessionstore.Store {
	t.Helper()
	e, err := sessionstore.Encrypt(s, sessionstore.EncryptOptions{Keys: keys, Purpose: purpose})
	if err != nil {
		t.Fatalf("Encrypt: %v", err)
	}
	return e
}

// record returns what the backend holds under an id.
func record(t *testing.T, backend sessionstore.Store, id string) []byte {
	t.Helper()
	r, err := backend.Get(t.Context(), id)
	if err != nil {
		t.Fatalf("Get of the record: %v", err)
	}
	return r
}

// wantCorrupt fails unless the session is there and every way of reading it
// says that it is corrupt.
func wantCorrupt(t *testing.T, s sessionstore.Store, id, when string) {
	t.Helper()
	ctx := t.Context()
	_, get := s.Get(ctx, id)
	_, slide := sessionstore.GetAndTouch(ctx, s, id, time.Hour)
	for name, err := range map[string]error{
		"Get":            get,
		"GetAndTouch":    slide,
		"CompareAndSwap": sessionstore.CompareAndSwap(ctx, s, id, []byte("x"), nil, time.Hour),
		"RotateSwap":     sessionstore.RotateSwap(ctx, s, id, sessionstore.NewID(), []byte("x"), nil, time.Hour),
	} {
		if !errors.Is(err, sessionstore.ErrCorrupt) || errors.Is(err, sessionstore.ErrNotFound) {
			t.Errorf("%s: %s: got %v, want ErrCorrupt", when, name, err)
		}
	}
}

func TestEncryptOptions(t *testing.T) {
	s := newMemory(t)
	for name, o := range map[string]sessionstore.EncryptOptions{
		"nothing":      {},
		"no key":       {Purpose: "p"},
		"no purpose":   {Keys: [][]byte{key('k')}},
		"no bytes":     {Keys: [][]byte{{}}, Purpose: "p"},
		"a short key":  {Keys: [][]byte{key('k')[1:]}, Purpose: "p"},
		"a long key":   {Keys: [][]byte{append(key('k'), 'k')}, Purpose: "p"},
		"a second key": {Keys: [][]byte{key('k'), key('k')[:16]}, Purpose: "p"},
	} {
		e, err := sessionstore.Encrypt(s, o)
		if err == nil || e != nil {
			t.Errorf("%s: got no error", name)
		} else if strings.Contains(err.Error(), "kkkk") || strings.Contains(err.Error(), "6b6b") {
			t.Errorf("%s: the error shows a key: %v", name, err)
		}
	}
}

// TestEncryptKeepsNoKey: the caller may overwrite the keys.
func TestEncryptKeepsNoKey(t *testing.T) {
	k := key(1)
	s := encryptWith(t, newMemory(t), "p", k)
	set(t, s, "id", "x")
	clear(k)
	wantData(t, s, "id", "x")
}

func TestEncryptDumpHoldsNoData(t *testing.T) {
	const plain = "the plain text of a session"
	backend := newMemory(t)
	s := encryptWith(t, backend, "p", key(1))
	ctx := t.Context()
	set(t, s, "a", plain)
	for i, err := range []error{
		sessionstore.Create(ctx, s, "b", []byte(plain), time.Hour),
		sessionstore.Replace(ctx, s, "b", []byte(plain+"2"), time.Hour),
		sessionstore.CompareAndSwap(ctx, s, "b", []byte(plain+"2"), []byte(plain+"3"), time.Hour),
		sessionstore.RotateSwap(ctx, s, "b", "c", []byte(plain+"3"), []byte(plain+"4"), time.Hour),
		namespace(t, s, "side").Set(ctx, "d", []byte(plain), time.Hour),
	} {
		if err != nil {
			t.Fatalf("write %d: %v", i, err)
		}
	}
	if all := dump(t, backend, "side"); strings.Contains(all, "plain") || strings.Count(all, "\n") < 3 {
		t.Errorf("the backend holds plain text:\n%q", all)
	}
	first := record(t, backend, "a")
	set(t, s, "a", plain)
	if bytes.Equal(first[17:], record(t, backend, "a")[17:]) {
		t.Error("the same data was sealed in the same way twice")
	}
	if got, want := len(first), len(plain)+sessionstore.EncryptOverheadBytes; got != want {
		t.Errorf("the record has %d bytes, want %d", got, want)
	}
}

// TestEncryptEveryBit flips each bit of a record, and cuts and lengthens it.
func TestEncryptEveryBit(t *testing.T) {
	backend := newMemory(t)
	s := encryptWith(t, backend, "p", key(1), key(2))
	set(t, s, "id", "x")
	sealed := record(t, backend, "id")
	for bit := range 8 * len(sealed) {
		flipped := bytes.Clone(sealed)
		flipped[bit/8] ^= 1 << (bit % 8)
		set(t, backend, "id", string(flipped))
		wantCorrupt(t, s, "id", fmt.Sprintf("bit %d flipped", bit))
	}
	for n := range len(sealed) {
		set(t, backend, "id", string(sealed[:n]))
		wantCorrupt(t, s, "id", fmt.Sprintf("cut to %d bytes", n))
	}
	set(t, backend, "id", string(sealed)+"\x00")
	wantCorrupt(t, s, "id", "one byte longer")
	set(t, backend, "id", string(sealed))
	wantData(t, s, "id", "x")
}

func TestEncryptMovedRecord(t *testing.T) {
	backend, other := newMemory(t), newMemory(t)
	s := encryptWith(t, backend, "p", key(1))
	side, nested := namespace(t, s, "side"), namespace(t, namespace(t, s, "side"), "b")
	set(t, s, "id", "x")
	set(t, side, "id", "x")
	set(t, nested, "id", "x")
	ofStore, ofSide := string(record(t, backend, "id")), string(record(t, namespace(t, backend, "side"), "id"))

	set(t, backend, "another", ofStore)
	wantCorrupt(t, s, "another", "moved under another id")
	set(t, other, "id", ofStore)
	wantCorrupt(t, encryptWith(t, other, "q", key(1)), "id", "moved into a store of another purpose")
	wantCorrupt(t, encryptWith(t, other, "p", key(2)), "id", "read with another key")
	set(t, backend, "id", ofSide)
	wantCorrupt(t, s, "id", "moved out of a namespace")
	set(t, namespace(t, backend, "side"), "id", ofStore)
	wantCorrupt(t, side, "id", "moved into a namespace")
	set(t, namespace(t, namespace(t, backend, "side"), "b"), "id", ofSide)
	wantCorrupt(t, nested, "id", "moved into a namespace of the namespace")
	// A purpose that looks like another with a namespace is not it.
	for _, purpose := range []string{"pside", "p:side", "p\x00\x00\x00\x04side"} {
		set(t, other, "id", ofSide)
		wantCorrupt(t, encryptWith(t, other, purpose, key(1)), "id", fmt.Sprintf("moved out of a namespace to the purpose %q", purpose))
	}
	set(t, other, "id", ofStore)
	wantData(t, encryptWith(t, other, "p", key(1)), "id", "x") // a copy of the whole store
}

// TestEncryptRotation has the steps of EncryptOptions.Keys.
func TestEncryptRotation(t *testing.T) {
	backend := newMemory(t)
	before := encryptWith(t, backend, "p", key(1))
	during := encryptWith(t, backend, "p", key(1), key(2))
	after := encryptWith(t, backend, "p", key(2), key(1))
	dropped := encryptWith(t, backend, "p", key(2))

	set(t, before, "old", "x")
	set(t, during, "id", "x")
	wantData(t, before, "id", "x") // sealed with the first key
	set(t, after, "new", "y")
	for _, s := range []sessionstore.Store{during, after} {
		wantData(t, s, "old", "x")
		wantData(t, s, "new", "y")
	}
	wantCorrupt(t, before, "new", "sealed with a key that came later")
	wantCorrupt(t, dropped, "old", "sealed with a key that was dropped")
	err := sessionstore.Update(t.Context(), after, "old", time.Hour, func(d []byte) ([]byte, error) { return d, nil })
	if err != nil {
		t.Errorf("Update with the new key: %v", err)
	}
	wantData(t, dropped, "old", "x") // sealed anew
}

func TestEncryptLimit(t *testing.T) {
	backend := newMemory(t)
	s := encryptWith(t, backend, "p", key(1))
	ctx, most := t.Context(), make([]byte, sessionstore.MaxDataBytes-sessionstore.EncryptOverheadBytes)
	if err := s.Set(ctx, "id", most, time.Hour); err != nil {
		t.Fatalf("Set of the most data: %v", err)
	}
	if got := len(record(t, backend, "id")); got != sessionstore.MaxDataBytes {
		t.Errorf("the longest record has %d bytes, want %d", got, sessionstore.MaxDataBytes)
	}
	more := append(most, 0)
	for name, err := range map[string]error{
		"Set":            s.Set(ctx, "id", more, time.Hour),
		"Create":         sessionstore.Create(ctx, s, "new", more, time.Hour),
		"Replace":        sessionstore.Replace(ctx, s, "id", more, time.Hour),
		"CompareAndSwap": sessionstore.CompareAndSwap(ctx, s, "id", most, more, time.Hour),
		"RotateSwap":     sessionstore.RotateSwap(ctx, s, "id", "new", most, more, time.Hour),
	} {
		wantError(t, err, sessionstore.ErrTooLarge, name)
	}
	wantData(t, s, "id", string(most))
	err := sessionstore.CompareAndSwap(ctx, s, "id", more, nil, time.Hour)
	wantError(t, err, sessionstore.ErrConflict, "CompareAndSwap of more data than there can be")
}

// TestEncryptChecksFirst: a swap that would read first answers a bad argument
// before.
func TestEncryptChecksFirst(t *testing.T) {
	s := encryptWith(t, nothing{t: t}, "p", key(1))
	ctx, more := t.Context(), make([]byte, sessionstore.MaxDataBytes-sessionstore.EncryptOverheadBytes+1)
	for _, ttl := range []time.Duration{-1, 0, sessionstore.MaxTTL + 1} {
		wantError(t, sessionstore.CompareAndSwap(ctx, s, "id", nil, nil, ttl), sessionstore.ErrInvalidTTL, "CompareAndSwap")
		wantError(t, sessionstore.RotateSwap(ctx, s, "id", "new", nil, nil, ttl), sessionstore.ErrInvalidTTL, "RotateSwap")
	}
	wantError(t, s.Set(ctx, "id", more, time.Hour), sessionstore.ErrTooLarge, "Set")
	wantError(t, sessionstore.CompareAndSwap(ctx, s, "id", nil, more, time.Hour), sessionstore.ErrTooLarge, "CompareAndSwap")
	for _, id := range []string{"", "a b", "#" + sha("id")} {
		wantError(t, sessionstore.RotateSwap(ctx, s, "id", id, nil, nil, time.Hour), sessionstore.ErrInvalidID, "RotateSwap")
	}
}

// meddler does something before a swap reaches the backend.
type meddler struct {
	*memory.Store
	before func()
}

func (m *meddler) CompareAndSwap(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
	m.before()
	return m.Store.CompareAndSwap(ctx, id, old, new, ttl)
}

func (m *meddler) RotateSwap(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
	m.before()
	return m.Store.RotateSwap(ctx, oldID, newID, old, new, ttl)
}

// TestEncryptSwapLooksAgain lets another seal the same data anew, or change it,
// between the read and the swap.
func TestEncryptSwapLooksAgain(t *testing.T) {
	backend := newMemory(t)
	other := encryptWith(t, backend, "p", key(1))
	data, times := "x", 0
	s := encryptWith(t, &meddler{backend, func() {
		if times++; times <= 3 {
			set(t, other, "id", data)
		}
	}}, "p", key(1))

	set(t, other, "id", "x")
	if err := sessionstore.CompareAndSwap(t.Context(), s, "id", []byte("x"), []byte("y"), time.Hour); err != nil || times != 4 {
		t.Errorf("CompareAndSwap of data that is sealed anew three times: got %v after %d swaps, want none after 4", err, times)
	}
	wantData(t, s, "id", "y")
	data, times = "y", 0
	if err := sessionstore.RotateSwap(t.Context(), s, "id", "new", []byte("y"), []byte("z"), time.Hour); err != nil || times != 4 {
		t.Errorf("RotateSwap of data that is sealed anew three times: got %v after %d swaps, want none after 4", err, times)
	}
	wantData(t, s, "new", "z")

	set(t, other, "id", "x")
	data, times = "changed", 0
	err := sessionstore.CompareAndSwap(t.Context(), s, "id", []byte("x"), []byte("y"), time.Hour)
	wantError(t, err, sessionstore.ErrConflict, "CompareAndSwap of data that changes meanwhile")
	if times != 1 {
		t.Errorf("CompareAndSwap of data that changes meanwhile: got %d swaps, want 1", times)
	}
	wantData(t, s, "id", "changed")
}

// lossy does what it is told and loses the reply.
type lossy struct {
	*memory.Store
	swaps int
}

func (l *lossy) CompareAndSwap(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
	l.swaps++
	return errors.Join(sessionstore.ErrUnknownOutcome, l.Store.CompareAndSwap(ctx, id, old, new, ttl))
}

func TestEncryptUnknownOutcome(t *testing.T) {
	inner := &lossy{Store: newMemory(t)}
	s := encryptWith(t, inner, "p", key(1))
	set(t, s, "id", "x")
	err := sessionstore.CompareAndSwap(t.Context(), s, "id", []byte("x"), []byte("y"), time.Hour)
	wantError(t, err, sessionstore.ErrUnknownOutcome, "CompareAndSwap whose reply is lost")
	if inner.swaps != 1 {
		t.Errorf("a swap of unknown outcome was sent %d times, want once", inner.swaps)
	}
}

func TestEncryptAllGoesOn(t *testing.T) {
	backend := newMemory(t)
	s := encryptWith(t, backend, "p", key(1))
	for _, id := range []string{"a", "b", "c", "d"} {
		set(t, s, id, id)
	}
	set(t, backend, "broken", "no record")
	set(t, backend, "moved", string(record(t, backend, "a")))
	got := make(map[string]string)
	for session, err := range sessionstore.All(t.Context(), s) {
		if errors.Is(err, sessionstore.ErrCorrupt) && session.Data == nil {
			got[session.ID] = "corrupt"
		} else if err == nil {
			got[session.ID] = string(session.Data)
		}
	}
	want := "map[a:a b:b broken:corrupt c:c d:d moved:corrupt]"
	if fmt.Sprint(got) != want {
		t.Errorf("All: got %v, want %s", got, want)
	}
}

// A vector is a record made by another implementation: Python's cryptography,
// release 48.
type vector struct {
	Name, Key, Purpose string
	Namespaces         []string
	ID, Data, Record   string
}

func vectors(t testing.TB) (all []vector) {
	t.Helper()
	text, err := os.ReadFile("testdata/encrypt.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &all); err != nil || len(all) == 0 {
		t.Fatalf("testdata/encrypt.json: %d vectors, %v", len(all), err)
	}
	return all
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// store returns an Encrypt with the vector's key, and its backend.
func (v vector) store(t testing.TB, wrap func(sessionstore.Store) sessionstore.Store) (s, backend sessionstore.Store) {
	t.Helper()
	m, err := memory.New(memory.Options{SweepInterval: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	backend = wrap(m)
	s = encryptWith(t, backend, v.Purpose, key(200), unhex(t, v.Key))
	for _, name := range v.Namespaces {
		var errs [2]error
		s, errs[0] = sessionstore.Namespace(s, name)
		backend, errs[1] = sessionstore.Namespace(backend, name)
		if err := errors.Join(errs[:]...); err != nil {
			t.Fatal(err)
		}
	}
	return s, backend
}

// TestEncryptVectors: what was stored once can be read for ever, with HashIDs
// inside or without.
func TestEncryptVectors(t *testing.T) {
	for name, wrap := range map[string]func(sessionstore.Store) sessionstore.Store{
		"plain":   func(s sessionstore.Store) sessionstore.Store { return s },
		"HashIDs": sessionstore.HashIDs,
	} {
		for _, v := range vectors(t) {
			s, backend := v.store(t, wrap)
			set(t, backend, v.ID, string(unhex(t, v.Record)))
			got, err := s.Get(t.Context(), v.ID)
			if hex.EncodeToString(got) != v.Data || got == nil || err != nil {
				t.Errorf("%s: %s: got %x (nil: %v), %v, want %s", name, v.Name, got, got == nil, err, v.Data)
			}
			for session, err := range sessionstore.All(t.Context(), s) {
				if hex.EncodeToString(session.Data) != v.Data || err != nil {
					t.Errorf("%s: %s: All: got %x, %v, want %s", name, v.Name, session.Data, err, v.Data)
				}
			}
		}
	}
}

// FuzzEncryptOpen reads any record. Only those of the vectors can be opened.
func FuzzEncryptOpen(f *testing.F) {
	v := vectors(f)[0]
	s, backend := v.store(f, func(s sessionstore.Store) sessionstore.Store { return s })
	good := unhex(f, v.Record)
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add([]byte{})
	f.Add(append([]byte{2}, good[1:]...))
	f.Add(append(bytes.Clone(good[:5]), make([]byte, 28)...))
	f.Fuzz(func(t *testing.T, record []byte) {
		if err := backend.Set(t.Context(), v.ID, record, time.Hour); err != nil {
			t.Skip("more than a session holds")
		}
		data, err := s.Get(t.Context(), v.ID)
		switch {
		case bytes.Equal(record, good):
			if err != nil {
				t.Errorf("the vector's record: got %v", err)
			}
		case !errors.Is(err, sessionstore.ErrCorrupt) || data != nil:
			t.Errorf("a record that nobody sealed: got %d bytes, %v, want ErrCorrupt", len(data), err)
		}
	})
}

// FuzzEncryptRoundTrip stores any data for any purpose.
func FuzzEncryptRoundTrip(f *testing.F) {
	f.Add("id", "purpose", []byte("data"), []byte("key"))
	f.Add("", "", []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, id, purpose string, data, k []byte) {
		if purpose == "" || !sessionstore.ValidID(id) || len(data) > sessionstore.MaxDataBytes-sessionstore.EncryptOverheadBytes {
			return
		}
		master := make([]byte, 32)
		copy(master, k)
		backend := newMemory(t)
		s := encryptWith(t, backend, purpose, master)
		set(t, s, id, string(data))
		wantData(t, s, id, string(data))
		wantCorrupt(t, encryptWith(t, backend, purpose+"2", master), id, "another purpose")
		master[0]++
		wantCorrupt(t, encryptWith(t, backend, purpose, master), id, "another key")
	})
}

// Change the key: add the new one at the end everywhere, then move it to the
// front, and drop the old one when the longest ttl has passed.
func ExampleEncrypt() {
	backend, err := memory.New(memory.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	oldKey, newKey := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32) // 32 random bytes each
	open := func(keys ...[]byte) sessionstore.Store {
		store, err := sessionstore.Encrypt(backend, sessionstore.EncryptOptions{Keys: keys, Purpose: "example.com sign-in"})
		if err != nil {
			fmt.Println(err)
		}
		return store
	}
	ctx, id := context.Background(), sessionstore.NewID()

	if err := open(oldKey).Set(ctx, id, []byte("ada"), time.Hour); err != nil {
		fmt.Println(err)
	}
	data, err := open(newKey, oldKey).Get(ctx, id)
	fmt.Println(string(data), err)
	_, err = open(newKey).Get(ctx, id)
	fmt.Println(err)
	// Output:
	// ada <nil>
	// encrypt: get: session record is corrupt: none of the keys has sealed it
}
