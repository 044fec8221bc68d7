package memcached

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coatcheck/sessionstore/internal/contract"
)

// openTimeout bounds Open where its context has no deadline.
const openTimeout = 5 * time.Second

// Open is [New] from a URL, and asks every server whether it answers, within
// ctx, or 5 seconds where ctx has no deadline. The URL is
//
//	memcached://host:11211,other:11211?timeout=500ms
//
// where ports may be left out, and these parameters may follow: prefix,
// timeout, max_conns and idle_timeout. Each counts before the field of
// [Options] of the same name.
func Open(ctx context.Context, rawURL string, opts Options) (*Store, error) {
	s, err := open(ctx, rawURL, opts)
	if err != nil {
		return nil, contract.Error("memcached: open", err)
	}
	return s, nil
}

func open(ctx context.Context, rawURL string, opts Options) (*Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	servers, query, err := splitURL(rawURL)
	if err != nil {
		return nil, err
	}
	if err := opts.read(query); err != nil {
		return nil, err
	}
	s, err := build(servers, opts)
	if err != nil {
		return nil, err
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, openTimeout)
		defer cancel()
	}
	if err := s.ping(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("no use of %w (is it a memcached, and does it run?)", err)
	}
	return s, nil
}

// errURL says how to write the URL. It never shows it: a password may have
// been put there.
var errURL = errors.New("want a URL like memcached://host:11211 or memcached://a:11211,b:11211")

// splitURL takes a URL apart by hand, because net/url knows no list of hosts
// with ports.
func splitURL(rawURL string) (servers []string, query string, err error) {
	rest, ok := strings.CutPrefix(rawURL, "memcached://")
	if !ok {
		return nil, "", errURL
	}
	hosts, query, _ := strings.Cut(rest, "?")
	hosts = strings.TrimSuffix(hosts, "/")
	switch {
	case hosts == "":
		return nil, "", fmt.Errorf("the URL names no server: %w", errURL)
	case strings.Contains(rest, "@"):
		return nil, "", fmt.Errorf("the URL has a user or an @, but this backend knows no passwords: %w", errURL)
	case strings.ContainsAny(hosts, "/#") || strings.Contains(query, "#"):
		return nil, "", fmt.Errorf("the URL has a path or a #: %w", errURL)
	}
	return strings.Split(hosts, ","), query, nil
}

// parameters set options from their text in a URL.
var parameters = map[string]func(o *Options, text string) error{
	"prefix":       func(o *Options, text string) error { o.Prefix = text; return checkPrefix(text) },
	"timeout":      func(o *Options, text string) (err error) { o.Timeout, err = parseTimeout(text); return },
	"idle_timeout": func(o *Options, text string) (err error) { o.IdleTimeout, err = parseTimeout(text); return },
	"max_conns":    func(o *Options, text string) (err error) { o.MaxConns, err = parseCount(text); return },
}

// read sets what the query of a URL says.
func (o *Options) read(query string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return errors.New("the URL's parameters cannot be read; write them as ?timeout=500ms&max_conns=20")
	}
	for name, texts := range values {
		set, known := parameters[name]
		if !known {
			return fmt.Errorf("the URL has a parameter that is unknown; known are %s", strings.Join(parameterNames(), ", "))
		}
		if len(texts) != 1 {
			return fmt.Errorf("the URL has the parameter %s %d times: want it once", name, len(texts))
		}
		if err := set(o, texts[0]); err != nil {
			return fmt.Errorf("the URL's parameter %s: %w", name, err)
		}
	}
	return nil
}

func parameterNames() []string {
	var names []string
	for name := range parameters {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func parseTimeout(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, errors.New("want a duration above zero, such as 500ms or 2s")
	}
	return d, nil
}

func parseCount(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxMaxConns {
		return 0, fmt.Errorf("want a number from 1 to %d", maxMaxConns)
	}
	return n, nil
}
