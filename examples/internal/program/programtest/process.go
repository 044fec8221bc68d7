package programtest

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore/examples/internal/program"
)

// process is a program that runs on a port of its own.
type process struct {
	t     *testing.T
	base  string
	stop  func() // presses Ctrl-C and waits for the end
	agent *http.Client

	elsewhere bool // requests come from a page of another site
}

var printedURL = regexp.MustCompile(`http://[0-9.:]+`)

func start(t *testing.T, build program.Build, store string) *process {
	t.Helper()
	ctx, interrupt := context.WithCancel(context.Background())
	said, output := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := program.Run(ctx, []string{"-addr", "127.0.0.1:0", "-store", store}, output, io.Discard, build)
		output.CloseWithError(err)
		ended <- err
	}()
	p := &process{t: t, agent: &http.Client{Transport: &http.Transport{}, Timeout: 20 * time.Second}}
	p.stop = func() {
		p.agent.CloseIdleConnections()
		interrupt()
		if err := <-ended; err != nil {
			t.Errorf("the program ended with %v", err)
		}
		ended <- nil // for whoever stops it again
	}
	t.Cleanup(p.stop)
	buffer := make([]byte, 1000) // more than what the program says
	n, err := said.Read(buffer)
	p.base = printedURL.FindString(string(buffer[:n]))
	if p.base == "" {
		t.Fatalf("the program did not start: got %q, %v", buffer[:n], err)
	}
	return p
}

// request posts or gets with the form name=name, and returns the answer with
// the cookie that it sets, if any.
func (p *process) request(method, path, name string, cookie *http.Cookie) (status int, body string, set *http.Cookie) {
	p.t.Helper()
	r, err := http.NewRequest(method, p.base+path, strings.NewReader(url.Values{"name": {name}}.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if cookie != nil {
		r.AddCookie(cookie)
	}
	if p.elsewhere {
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", "https://elsewhere.example")
	}
	response, err := p.agent.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, c := range response.Cookies() {
		set = c
	}
	return response.StatusCode, string(text), set
}

func (p *process) want(method, path string, cookie *http.Cookie, status int, body string) {
	p.t.Helper()
	gotStatus, gotBody, _ := p.request(method, path, "", cookie)
	if gotStatus != status || body != "" && gotBody != body {
		p.t.Errorf("%s %s: got %d %q, want %d %q", method, path, gotStatus, gotBody, status, body)
	}
}

// signIn returns the cookie. Cookies are secure, and sent by hand: a cookie jar
// would not send them over plain HTTP.
func (p *process) signIn(name string, cookie *http.Cookie) *http.Cookie {
	p.t.Helper()
	status, body, set := p.request("POST", "/signin", name, cookie)
	if status != http.StatusOK || set == nil || !set.Secure || !set.HttpOnly {
		p.t.Fatalf("sign-in of %s: got %d %q and the cookie %v, want a secure one", name, status, body, set)
	}
	return set
}
