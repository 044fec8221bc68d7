package sessionstore

// MaxNamespaceBytes is the length of the longest name of a namespace, the names
// of the namespaces that it is in and a colon for each included.
const MaxNamespaceBytes = 48

// A Namespacer keeps records beside its sessions.
type Namespacer interface {
	Store

	// Namespace returns a Store on the same database for records that are no
	// sessions of this one. The two are disjoint: no id of the one names a
	// record of the other, and All of the one shows none of the other; Clear
	// of this store clears both (Namespace/Disjoint). The name follows the
	// rules of an id, and is at most [MaxNamespaceBytes] long, else the error
	// matches [ErrInvalidID]. Names that begin with ~ are this package's own.
	//
	// Namespaces may be nested. Two Stores of one name are one namespace. It
	// ends with the store that it came from: closing it does nothing.
	Namespace(name string) (Store, error)
}

// Namespace returns the namespace of s with that name. See [Namespacer].
func Namespace(s Store, name string) (Store, error) {
	if n, ok := s.(Namespacer); ok {
		return n.Namespace(name)
	}
	return nil, unsupported("namespace", s)
}
