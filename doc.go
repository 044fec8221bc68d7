// Package sessionstore keeps server-side sessions in one of five backends,
// which all keep one written contract.
//
// A session is opaque bytes under an id, with a deadline. [Store] has four
// methods, each with its rules; the suite in storetest checks every rule on
// every backend, and on yours. Sign-in, a request, sign-out:
//
//	store, err := bolt.Open("sessions.db", bolt.Options{})
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//
//	id := sessionstore.NewID() // goes into a cookie
//	err = store.Set(ctx, id, []byte(`{"user":"ada"}`), 30*time.Minute)
//
//	data, err := store.Get(ctx, id)
//	if errors.Is(err, sessionstore.ErrNotFound) {
//		// sign in again
//	}
//	err = store.Touch(ctx, id, 30*time.Minute) // another half hour
//	err = store.Delete(ctx, id)                // only a new Set brings it back
//
// # Which backend?
//
//	backend    sessions live in       shared by processes   survives a restart of the application / of the server
//	memory     this process           no                    no  / –
//	bolt       a file                 no, one at a time     yes / –
//	redis      a Redis server         yes                   yes / as far as Redis persists (appendonly, appendfsync)
//	memcached  memcached servers      yes                   yes / no, and a server whose memory is full evicts sessions
//	postgres   a table                yes                   yes / yes
//
// Take bolt for one program on one machine; for several processes postgres where
// you have one already, and redis where there are many requests. Take memcached
// only where losing a session costs a sign-in and no more, and memory for tests.
//
// Package open turns a URL into any of them, so that the choice is
// configuration. The README compares the backends at length: clocks, eviction,
// limits, and what may break a guarantee.
//
// # Reading on
//
// For a web application begin with package httpsession, or keep your session
// manager: adapters/scs, adapters/fiber and adapters/gorilla (which serves
// echo-contrib and gin-contrib, too) put it on any Store.
//
// [Store] is the contract, errors.go what can go wrong. [Create], [Replace],
// [CompareAndSwap], [Update], [RotateSwap], [Rotate], [GetAndTouch], [All],
// [Clear], [DeleteExpired], [Namespace], [Ping] and [Close] are the optional
// capabilities: a small interface each, and a function that uses it or says
// that it is unsupported. [HashIDs], [Encrypt], [Guard] and [Observe] wrap a
// store and are one; [Owners] knows whose sessions are whose.
package sessionstore
