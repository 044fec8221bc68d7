package storetest

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/coatcheck/sessionstore"
)

func idValid(t T, h *Harness) {
	s := h.New(t)
	valid := []string{
		"a", "0", "-", ".", "_", "~", "..", "ABCxyz019-._~",
		strings.Repeat("a", sessionstore.MaxIDBytes), strings.Repeat("a", sessionstore.MaxIDBytes-1),
		"case", "Case", "CASE", "a.b", "a-b", "a_b", "a~b", sessionstore.NewID(),
	}
	for _, id := range valid {
		mustSet(t, s, id, []byte("of "+id), long)
	}
	for _, id := range valid {
		wantData(t, s, id, []byte("of "+id), fmt.Sprintf("id %q", id))
	}
	invalid := []string{
		"", " ", "a b", "a\n", "a\r\nset b 0 0 1\r\nx", "\x00", "a\x00b", "a/b", "a:b", "#a", "a%20b", "a*", "é", "a\xff",
		"a'", `a"`, "a,b", "a+b", "a=b", strings.Repeat("a", sessionstore.MaxIDBytes+1), strings.Repeat("a", 10_000),
	}
	ops := supported(t, s)
	for _, id := range invalid {
		for _, op := range ops {
			err := op.call(within(t, opTimeout), s, id)
			wantError(t, err, sessionstore.ErrInvalidID, fmt.Sprintf("%s of id %.20q", op.name, id))
		}
	}
	for _, id := range valid {
		wantData(t, s, id, []byte("of "+id), fmt.Sprintf("id %q after invalid ids", id))
	}
}

// Marks that must not be found in any error.
const (
	secretID   = "SECRET-ID-7f3a9c"
	secretData = "SECRET DATA 51b0e2"
)

// idSecret makes each kind of error that it can and reads its text.
func idSecret(t T, h *Harness) {
	s := h.New(t)
	check := func(err error, when string) { checkSecret(t, err, when) }

	badID := secretID + " with a space\r\n"
	ops := supported(t, s)
	for _, op := range ops {
		check(op.call(within(t, opTimeout), s, badID), op.name+" of an invalid id")
		check(op.call(within(t, opTimeout), s, secretID+strings.Repeat("x", 300)), op.name+" of a long id")
		done, cancel := context.WithCancel(t.Context())
		cancel()
		check(op.call(done, s, secretID), op.name+" with a cancelled context")
	}
	tooLarge := []byte(strings.Repeat(secretData, sessionstore.MaxDataBytes/len(secretData)+1))
	check(s.Set(within(t, opTimeout), secretID, tooLarge, long), "Set of too much data")
	check(s.Set(within(t, opTimeout), secretID, []byte(secretData), -1), "Set with an invalid ttl")
	check(s.Touch(within(t, opTimeout), secretID, long), "Touch of a missing session")
	_, err := s.Get(within(t, opTimeout), secretID)
	check(err, "Get of a missing session")

	if h.Corrupt != nil {
		mustSet(t, s, secretID, []byte(secretData), long)
		h.Corrupt(t, s, secretID)
		for _, op := range ops {
			check(op.call(within(t, opTimeout), s, secretID), op.name+" of an unreadable record")
		}
	}
	if h.Via != nil {
		secretOutage(t, h, ops)
	}
	if sessionstore.Close(s) == nil {
		for _, op := range ops {
			check(op.call(within(t, opTimeout), s, secretID), op.name+" on a closed store")
		}
	}
}

// secretOutage reads the errors of a failing network.
func secretOutage(t T, h *Harness, ops []operation) {
	for _, op := range ops {
		scope(t, func(t T) {
			s, relay := relayed(t, h)
			warm(t, s)
			relay.Cut()
			checkSecret(t, op.call(within(t, opTimeout), s, secretID), op.name+" on a cut connection")
			checkSecret(t, op.call(within(t, opTimeout), s, secretID), op.name+" without a connection")
			relay.Pass()
			warm(t, s)
			relay.LoseReply(nil)
			checkSecret(t, op.call(within(t, opTimeout), s, secretID), op.name+" with a lost reply")
			warm(t, s)
			relay.Hang()
			checkSecret(t, op.call(within(t, 100*time.Millisecond), s, secretID), op.name+" on a hanging server")
		})
	}
}

// checkSecret fails when the text of err holds a mark, plain or encoded.
func checkSecret(t T, err error, when string) {
	t.Helper()
	if err == nil {
		return
	}
	for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
		for _, mark := range []string{secretID, secretData} {
			for _, form := range []string{
				mark, hex.EncodeToString([]byte(mark)),
				base64.RawStdEncoding.EncodeToString([]byte(mark)), base64.RawURLEncoding.EncodeToString([]byte(mark)),
			} {
				if strings.Contains(text, form) {
					t.Errorf("%s: the error shows what it must not: %.200q", when, text)
					return
				}
			}
		}
	}
}
