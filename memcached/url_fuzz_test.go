package memcached

import "testing"

// FuzzURL reads anything as a URL, and knows whether it can be used.
func FuzzURL(f *testing.F) {
	for _, url := range []string{"memcached://a:11211,b:11211?timeout=1s", "memcached://", "memcached://[::1]:1/?x", "memcached://a,,b"} {
		f.Add(url)
	}
	f.Fuzz(func(t *testing.T, url string) {
		servers, query, err := splitURL(url)
		if err != nil {
			return
		}
		if len(servers) == 0 {
			t.Error("got no server and no error")
		}
		var opts Options
		if opts.read(query) == nil && (opts.Timeout < 0 || opts.MaxConns < 0 || opts.IdleTimeout < 0) {
			t.Errorf("got %+v, want nothing below zero", opts)
		}
	})
}
