package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/coatcheck/sessionstore/bench/compare"
)

// quiet is how long a log, which is no terminal, hears nothing new.
const quiet = 5 * time.Second

// progress shows how far a comparison is: on a terminal in one line that
// changes, elsewhere in a line now and then.
type progress struct {
	mu       sync.Mutex // one line at a time
	out      io.Writer
	width    int // of the terminal, 0 where there is none
	now      func() time.Time
	begun    time.Time
	reported time.Time
}

func newProgress(out io.Writer) *progress {
	p := &progress{out: out, now: time.Now, begun: time.Now()}
	if file, ok := out.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		p.width = 80
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			p.width = width
		}
	}
	return p
}

// show is called before each part.
func (p *progress) show(s compare.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	line := s.Title
	if s.All > 0 {
		line = fmt.Sprintf("%d of %d, about %v left: %s", s.Done+1, s.All, s.Left, s.Title)
	}
	if p.width > 0 {
		fmt.Fprintf(p.out, "\r\x1b[K%s", cut(line, p.width-1))
		return
	}
	if now := p.now(); now.Sub(p.reported) >= quiet {
		p.reported = now
		fmt.Fprintln(p.out, line)
	}
}

// note puts a line between.
func (p *progress) note(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.width > 0 {
		line = "\r\x1b[K" + line
	}
	fmt.Fprintln(p.out, line)
}

// end leaves the cursor at the beginning of a line and says how long it took.
func (p *progress) end() {
	if p.width > 0 {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	fmt.Fprintf(p.out, "took %v\n", p.now().Sub(p.begun).Round(time.Second))
}

// cut returns as much of the line as fits.
func cut(line string, width int) string {
	letters := []rune(line)
	if len(letters) <= width {
		return line
	}
	return string(letters[:max(width-1, 0)]) + "…"
}
