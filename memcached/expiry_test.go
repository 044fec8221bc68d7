package memcached

import (
	"math"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
)

const day = 24 * time.Hour

// december is a time whose fraction is as large as it gets.
var december = time.Date(2026, time.December, 1, 12, 0, 0, 999_999_999, time.UTC)

func TestExpiration(t *testing.T) {
	const limit = 30 * day
	date := func(seconds int64) int32 { return int32(december.Unix() + seconds) }
	for _, c := range []struct {
		ttl  time.Duration
		want int32
	}{
		{1, 3},
		{time.Second - 1, 3},
		{time.Second, 3},
		{time.Second + 1, 4},
		{30 * time.Minute, 1802},
		{limit - 3*time.Second, 2_591_999},
		{limit - 2*time.Second - 1, 2_592_000},
		{limit - 2*time.Second, 2_592_000},
		{limit - 2*time.Second + 1, date(2_592_001)},
		{limit - time.Second, date(2_592_001)},
		{limit, date(2_592_002)},
		{limit + 1, date(2_592_003)},
		{sessionstore.MaxTTL, date(400*24*60*60 + 2)},
	} {
		if got := expiration(c.ttl, december); got != c.want {
			t.Errorf("expiration(%v): got %d, want %d", c.ttl, got, c.want)
		}
	}
}

// TestExpirationEndOfDates is where dates stop fitting the protocol.
func TestExpirationEndOfDates(t *testing.T) {
	const ttl = 100 * day
	last := time.Unix(math.MaxInt32-int64(ttl/time.Second)-uncertainty, 0)
	if got := expiration(ttl, last); got != math.MaxInt32 {
		t.Errorf("at the last date: got %d, want %d", got, math.MaxInt32)
	}
	if got := expiration(ttl, last.Add(time.Second)); got != math.MaxInt32 {
		t.Errorf("when the date is after the last: got %d, want %d", got, math.MaxInt32)
	}
	if got := expiration(ttl, last.Add(70*day+2*time.Second)); got != math.MaxInt32 {
		t.Errorf("30 days before the last date: got %d, want %d", got, math.MaxInt32)
	}
	if got := expiration(ttl, last.Add(70*day+3*time.Second)); got != maxRelative {
		t.Errorf("less than 30 days before the last date: got %d, want %d", got, maxRelative)
	}
}

// FuzzExpirationMonotone compares two ttls: the longer one never ends earlier,
// and neither is for ever.
func FuzzExpirationMonotone(f *testing.F) {
	for _, ttl := range []int64{1, 1e9, 30*int64(day) - 2e9, 30 * int64(day), 100 * int64(day)} {
		for _, unix := range []int64{december.Unix(), math.MaxInt32 - 31*86400, math.MaxInt32 - 30*86400, math.MaxInt32, math.MaxInt32 + 86400} {
			f.Add(ttl, int64(1), unix)
			f.Add(ttl, 300*int64(day), unix)
		}
	}
	f.Fuzz(func(t *testing.T, short, more, unix int64) {
		if short <= 0 || more < 0 || short > int64(sessionstore.MaxTTL)-more || unix < 1e9 || unix > 5e9 {
			t.Skip()
		}
		now := time.Unix(unix, 0)
		end := func(ttl int64) int64 {
			n := int64(expiration(time.Duration(ttl), now))
			if n <= 0 {
				t.Fatalf("expiration(%v, %v) = %d is for ever, or never", time.Duration(ttl), now, n)
			}
			if n > maxRelative {
				return n
			}
			return unix + n
		}
		if a, b := end(short), end(short+more); a > b {
			t.Errorf("at %v: a ttl of %v ends at %d, and one of %v at %d", now, time.Duration(short), a, time.Duration(short+more), b)
		}
	})
}

// FuzzExpiration compares with the promise: never early, and late by no more
// than the slack, by a server's clock that may be a second ahead for a date
// and two seconds behind at first for a number of seconds.
func FuzzExpiration(f *testing.F) {
	for _, ttl := range []int64{1, 1e9, 30 * int64(day), int64(sessionstore.MaxTTL)} {
		f.Add(ttl, december.UnixNano())
	}
	f.Fuzz(func(t *testing.T, nanos, unix int64) {
		ttl, now := time.Duration(nanos), time.Unix(0, unix)
		if ttl <= 0 || ttl > sessionstore.MaxTTL || now.Year() < 2020 || now.Year() > 2036 {
			t.Skip()
		}
		got := int64(expiration(ttl, now))
		if got < 1 {
			t.Fatalf("expiration(%v, %v) = %d is for ever, or never", ttl, now, got)
		}
		lives := time.Duration(got) * time.Second
		if got > maxRelative {
			lives = time.Unix(got, 0).Sub(now) + time.Second
		}
		if least := lives - 2*time.Second; least < ttl {
			t.Errorf("expiration(%v, %v) = %d: gone after %v, perhaps", ttl, now, got, least)
		}
		if rounded := (ttl + time.Second - 1).Truncate(time.Second); lives > rounded+TTLSlack {
			t.Errorf("expiration(%v, %v) = %d: there after %v, perhaps", ttl, now, got, lives)
		}
	})
}
