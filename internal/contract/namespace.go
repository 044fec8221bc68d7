package contract

import (
	"fmt"

	"github.com/coatcheck/sessionstore"
)

// Namespace returns the path of the namespace that is called name and lies in
// parent, the path of another or empty for the store itself. A path is the
// names from the outermost to the innermost with colons between. No name holds
// a colon, so that no two nestings have one path.
func Namespace(parent, name string) (path string, err error) {
	if path = name; parent != "" {
		path = parent + ":" + name
	}
	if !sessionstore.ValidID(name) || len(path) > sessionstore.MaxNamespaceBytes {
		return "", errNamespace
	}
	return path, nil
}

var errNamespace = fmt.Errorf("%w; the name of a namespace, with the names that it is in and a colon for each, has at most %d bytes",
	sessionstore.ErrInvalidID, sessionstore.MaxNamespaceBytes)
