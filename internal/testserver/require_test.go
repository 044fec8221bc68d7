package testserver

import (
	"errors"
	"runtime"
	"strings"
	"testing"
)

func TestRequired(t *testing.T) {
	for _, test := range []struct {
		list, word string
		want, bad  bool
	}{
		{"", "redis", false, false},
		{"redis", "redis", true, false},
		{"redis", "memcached", false, false},
		{"redis,memcached", "memcached", true, false},
		{" redis , postgres ", "postgres", true, false},
		{"redis,,", "redis", true, false},
		{"all", "redis", true, false},
		{"all", "memcached", true, false},
		{"all", "postgres", true, false},
		{"all", "docker", false, false},
		{"all", "chromium", false, false},
		{"all,docker", "docker", true, false},
		{"docker", "redis", false, false},
		{"chromium", "chromium", true, false},
		{"reddis", "redis", false, true},
		{"redis,reddis", "redis", false, true},
		{"Redis", "redis", false, true},
		{"redis postgres", "redis", false, true},
		{"none", "", false, true},
		{"all", "", false, false},
	} {
		got, err := required(test.list, test.word)
		if got != test.want || (err != nil) != test.bad {
			t.Errorf("required(%q, %q) = %v, %v; want %v, an error: %v", test.list, test.word, got, err, test.want, test.bad)
		}
	}
}

// fakeTB records how a test ends.
type fakeTB struct {
	testing.TB
	skipped, failed string
}

func (f *fakeTB) Helper()           {}
func (f *fakeTB) Skip(args ...any)  { f.skipped = args[0].(string); runtime.Goexit() }
func (f *fakeTB) Fatal(args ...any) { f.failed = args[0].(error).Error(); runtime.Goexit() }
func (f *fakeTB) Fatalf(format string, args ...any) {
	f.failed = format + args[0].(string)
	runtime.Goexit()
}

func TestMissing(t *testing.T) {
	for _, test := range []struct {
		name, list string
		own        bool
		skip       bool
		want       []string
	}{
		{"skip", "", false, true, []string{"apt-get install redis-server", "set SESSIONSTORE_REDIS_URL=redis://", "./test.sh"}},
		{"skip own", "memcached", true, true, []string{"apt-get install redis-server", "SESSIONSTORE_REDIS_URL does not help", "./test.sh"}},
		{"required", "redis", false, false, []string{"apt-get install redis-server", "set SESSIONSTORE_REDIS_URL=", "./test.sh"}},
		{"all required", "all", true, false, []string{"apt-get install redis-server", "./test.sh"}},
		{"misspelt", "reddis", false, false, []string{`unknown word "reddis"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv(requireVariable, test.list)
			tb := &fakeTB{}
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				missing(tb, redis, errors.New("redis-server is not in PATH"), test.own)
			}()
			<-ended
			got := tb.skipped + tb.failed
			if (tb.skipped != "") != test.skip {
				t.Errorf("skipped with %q, failed with %q", tb.skipped, tb.failed)
			}
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("message = %q, want %q in it", got, want)
				}
			}
		})
	}
}
