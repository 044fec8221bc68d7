package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/coatcheck/sessionstore/internal/testserver"
)

// findChromium returns where Chromium is, or ends the test.
func findChromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const message = "no chromium in PATH: install it (apt-get install chromium), or run ./test.sh, which installs it"
	required, err := testserver.Required("chromium")
	must(t, err)
	if required {
		t.Fatal(message + " (SESSIONSTORE_REQUIRE requires it)")
	}
	t.Skip(message)
	return ""
}

// openChromium starts a headless Chromium that lives as long as the context and
// the test.
func openChromium(t *testing.T) context.Context {
	t.Helper()
	// It has no sandbox as root, and often none in a container. The pages are
	// our own.
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(findChromium(t)), chromedp.NoSandbox)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	return ctx
}

// browser is a window with cookies of its own.
type browser struct {
	t   *testing.T
	ctx context.Context
}

func newBrowser(t *testing.T, parent context.Context, options ...chromedp.ContextOption) *browser {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent, options...)
	t.Cleanup(cancel)
	b := &browser{t, ctx}
	b.do(chromedp.EmulateViewport(360, 740))
	return b
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	must(b.t, chromedp.Do(b.ctx, actions...))
}

func (b *browser) open(url string) {
	b.t.Helper()
	b.do(chromedp.Navigate(url))
}

// fill types into the fields of a form, and submit sends it with the Enter key.
// Their arguments are names and texts in turn.
func (b *browser) fill(pairs ...string) {
	b.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		b.do(chromedp.SendKeys(chromedp.ID(pairs[i]), pairs[i+1]))
	}
}

func (b *browser) submit(pairs ...string) {
	b.t.Helper()
	b.fill(pairs...)
	b.lead(chromedp.SendKeys(chromedp.ID(pairs[len(pairs)-2]), "\r"))
}

// press presses the button with that text.
func (b *browser) press(text string) {
	b.t.Helper()
	b.lead(chromedp.Click(chromedp.Search(`//button[normalize-space()="` + text + `"]`)))
}

// lead does what leads to another page, and waits for that.
func (b *browser) lead(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	_, err := chromedp.RunResponse(b.ctx, actions...)
	must(b.t, err)
}

// wantPage wants a page with that heading and a text somewhere on it.
func (b *browser) wantPage(heading, text string) {
	b.t.Helper()
	h1, err := chromedp.Run(b.ctx, chromedp.Text(chromedp.CSS("h1")))
	must(b.t, err)
	body, err := chromedp.Run(b.ctx, chromedp.Text(chromedp.CSS("body")))
	must(b.t, err)
	if h1 != heading || !strings.Contains(body, text) {
		b.t.Fatalf("got the page %q with %q, want %q with %q", h1, body, heading, text)
	}
}

// value evaluates a line of script, which the pages themselves do without.
func (b *browser) value(script string) string {
	b.t.Helper()
	result, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](script))
	must(b.t, err)
	return result
}

// TestPagesInChromium is a day of a person with two browsers, with Chromium as
// both.
func TestPagesInChromium(t *testing.T) {
	chromium := openChromium(t)
	dir := t.TempDir()
	addr := freeAddr(t)
	p := start(t, dir, "-addr", addr)
	first := newBrowser(t, chromium)
	second := newBrowser(t, first.ctx, chromedp.WithNewBrowserContext())

	first.open(p.base)
	first.wantPage("Sign in", "New here?")
	first.lead(chromedp.Click(chromedp.Search(`//a[.="Create an account"]`)))
	first.submit("first_name", "Ada", "last_name", "Lovelace", "email", "ada@example.org", "password", "short")
	first.wantPage("Create an account", "Password is too short")
	if got := first.value(`document.activeElement.getAttribute("role")`); got != "alert" {
		t.Errorf("got the focus on %q, want it on the summary of what is wrong", got)
	}
	if got := first.value(`document.querySelector("#email").value`); got != "ada@example.org" {
		t.Errorf("got the email %q, want what was typed", got)
	}
	first.submit("password", "correct horse")
	first.wantPage("Welcome, Ada!", "Your account was created")

	first.press("Sign out")
	first.wantPage("Sign in", "You are signed out.")
	first.submit("email", "ada@example.org", "password", "correct horse")
	first.wantPage("Welcome, Ada!", "1 in this session")

	p.kill()
	p = start(t, dir, "-addr", addr)
	first.open(p.base)
	first.wantPage("Welcome, Ada!", "2 in this session")

	second.open(p.base)
	second.submit("email", "ada@example.org", "password", "correct horse")
	second.open(p.base + "/sessions")
	second.wantPage("Your sessions", "this one")
	second.press("End")
	second.wantPage("Your sessions", "The session was ended.")
	first.open(p.base)
	first.wantPage("Sign in", "Your session has ended.")
	second.open(p.base)
	second.wantPage("Welcome, Ada!", "in this session")
}

// The browser itself refuses the form of another site's page.
func TestF1InChromium(t *testing.T) {
	b := newBrowser(t, openChromium(t))
	p := start(t, t.TempDir())
	evil := newPage(t, `<form method="post" action="`+p.base+`/signup"><button>Win</button></form>`)
	b.open(strings.Replace(evil, "127.0.0.1", "localhost", 1))
	b.press("Win")
	b.wantPage(http.StatusText(http.StatusForbidden), "This request comes from another site.")
}

// newPage serves one page and returns its address.
func newPage(t *testing.T, text string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>Evil</title>"+text)
	}))
	t.Cleanup(server.Close)
	return server.URL
}
