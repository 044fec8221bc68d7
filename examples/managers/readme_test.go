package managers

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// readmePrograms are what the README's lines for each manager stand in: whoever
// copies them has as much around them.
var readmePrograms = []struct{ name, heading, imports, around string }{
	{"scs", "### alexedwards/scs", `
		"github.com/alexedwards/scs/v2"`, `
func use(store sessionstore.Store) {
	LINES
}`},
	{"fiber v3", "### gofiber/fiber", `
		"github.com/gofiber/fiber/v3"
		"github.com/gofiber/fiber/v3/middleware/recover"
		"github.com/gofiber/fiber/v3/middleware/session"`, `
func use(store sessionstore.Store, app *fiber.App) {
	LINES
}`},
	{"fiber v2", "Give fiber an `ErrorHandler`", `
		"github.com/gofiber/fiber/v2"
		"github.com/gofiber/fiber/v2/middleware/session"
		fiberadapter "github.com/coatcheck/sessionstore/adapters/fiber"`, `
func use(store sessionstore.Store) fiber.Handler {
	LINES
	return func(c *fiber.Ctx) error {
		_, err := sessions.Get(c)
		return err
	}
}`},
	{"gorilla, echo, gin", "### gorilla/sessions", `
		"github.com/gin-contrib/sessions"
		"github.com/gin-gonic/gin"
		"github.com/labstack/echo-contrib/session"
		"github.com/labstack/echo/v4"`, `
func use(store sessionstore.Store, e *echo.Echo, router *gin.Engine, key []byte) error {
	LINES
	return err
}`},
}

// TestReadmeCompiles builds the README's lines for each manager.
func TestReadmeCompiles(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range readmePrograms {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			_, after, found := strings.Cut(string(text), "\n"+p.heading)
			_, after, hasCode := strings.Cut(after, "```go\n")
			lines, _, hasEnd := strings.Cut(after, "```\n")
			if !found || !hasCode || !hasEnd {
				t.Fatalf("the README has no code after %q", p.heading)
			}
			imports, statements, declarations := apart(lines)
			compile(t, "package main\n\nimport (\n\t\"github.com/coatcheck/sessionstore\"\n"+imports+p.imports+"\n)\n"+
				declarations+strings.Replace(p.around, "LINES", statements, 1)+"\n\nfunc main() {}\n")
		})
	}
}

var importLine = regexp.MustCompile(`(?m)^import (.*\n)`)

// apart returns imports, statements and declarations of a fragment.
func apart(lines string) (imports, statements, declarations string) {
	for _, m := range importLine.FindAllStringSubmatch(lines, -1) {
		imports += "\t" + m[1]
	}
	statements, declarations, found := strings.Cut(importLine.ReplaceAllString(lines, ""), "\ntype ")
	if found {
		declarations = "type " + declarations
	}
	return imports, statements, declarations
}

// compile builds a program in this module, laid over it in a directory that is
// not there.
func compile(t *testing.T, text string) {
	t.Helper()
	dir := t.TempDir()
	source, overlay := filepath.Join(dir, "main.go"), filepath.Join(dir, "overlay.json")
	at, err := filepath.Abs(filepath.Join("readme", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {at: source}})
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string]string{source: text, overlay: string(replace)} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "-o", os.DevNull, "./readme")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("lines of the README do not compile: %v\n%s\n%s", err, out, text)
	}
}
