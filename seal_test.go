package sessionstore

import (
	"bytes"
	"errors"
	"testing"
)

// TestSealKeyCollision: two keys may have one key id, a chance of one in four
// billion; then both are tried.
func TestSealKeyCollision(t *testing.T) {
	var keys []sealKey
	for i := range byte(3) {
		k, err := newSealKey(bytes.Repeat([]byte{i}, masterKeyBytes))
		if err != nil {
			t.Fatal(err)
		}
		k.id = [keyIDBytes]byte{1, 2, 3, 4}
		keys = append(keys, k)
	}
	for i := range keys {
		sealed, err := sealer{keys: keys[i:]}.seal("name", []byte("data"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := (sealer{keys: keys}).open("name", sealed); string(got) != "data" || err != nil {
			t.Errorf("sealed with key %d: got %q, %v, want data", i, got, err)
		}
		for j := range keys {
			if _, err := (sealer{keys: keys[j : j+1]}).open("name", sealed); (err == nil) != (i == j) {
				t.Errorf("sealed with key %d, opened with key %d: got %v", i, j, err)
			} else if err != nil && !errors.Is(err, ErrCorrupt) {
				t.Errorf("sealed with key %d, opened with key %d: got %v, want ErrCorrupt", i, j, err)
			}
		}
	}
}

// TestSealKeysDiffer: every field changes the key of a session.
func TestSealKeysDiffer(t *testing.T) {
	k, err := newSealKey(make([]byte, masterKeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	aad, sealedBy := []byte("bound"), map[string]string{}
	for _, of := range [][2]string{{"p", "name"}, {"pn", "ame"}, {"", "pname"}, {"p", "other"}, {"q", "name"}} {
		aead, err := k.cipher(of[0], of[1])
		if err != nil {
			t.Fatal(err)
		}
		sealed := aead.Seal(nil, nil, []byte("data"), aad)
		for other, text := range sealedBy {
			if _, err := aead.Open(nil, nil, []byte(text), aad); err == nil {
				t.Errorf("the key of %q opens a record of %s", of, other)
			}
		}
		sealedBy[of[0]+"|"+of[1]] = string(sealed)
	}
}

func FuzzJoinFields(f *testing.F) {
	f.Add("a", "bc", "ab", "c")
	f.Add("", "\x00\x00\x00\x00", "\x00\x00\x00\x00", "")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		if same := a == c && b == d; (joinFields(a, b) == joinFields(c, d)) != same {
			t.Errorf("(%q, %q) and (%q, %q): the fields are the same: %v, joined they are not", a, b, c, d, same)
		}
		if joinFields(a, b) == joinFields(a+b) || joinFields(a)+joinFields(b) != joinFields(a, b) {
			t.Errorf("%q and %q are joined ambiguously", a, b)
		}
	})
}
