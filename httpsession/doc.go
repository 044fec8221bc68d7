// Package httpsession keeps the sessions of a web application in a
// [sessionstore.Store]: a manager for net/http and every router on top of it.
//
//	type Visitor struct {
//		User   string
//		Basket []string
//	}
//
//	sessions, err := httpsession.New(store, httpsession.Options[Visitor]{
//		Owner: func(v Visitor) string { return v.User },
//	})
//	…
//	mux.HandleFunc("POST /signin", func(w http.ResponseWriter, r *http.Request) {
//		user, ok := checkPassword(r)
//		…
//		err := sessions.Start(w, r, Visitor{User: user})
//	})
//	mux.Handle("GET /account", sessions.Require(account))
//	http.ListenAndServe(addr, sessions.Load(mux))
//
// # What is stored when
//
// [Manager.Load] reads the session with one Get. Everything else happens when
// the handler asks for it, before its call returns, and the handler sees what
// failed, to pass it to [Manager.Fail]: nothing is written behind the response.
// All changes are compare-and-swaps. Parallel requests of one browser lose
// nothing of each other's, and a request that is still at work when its user
// signs out cannot bring the session back.
//
// What survives a restart is what the store keeps. A session is JSON: the
// application's value and a few times beside it. The store and its backups see
// hashes of ids ([sessionstore.HashIDs]), never what a browser could send.
//
// # Limits
//
// A session ends when nobody used it for [Options].Idle, and in any case
// [Options].Absolute after [Manager.Start], whatever a client does with its
// cookie. Load notes the use of a session once in a twentieth of Idle, so that
// it may end that much early. The clocks of several processes must agree
// within a small part of Idle. A value is at most about
// [sessionstore.MaxDataBytes] of JSON.
//
// The session is a cookie, which other sites can make a browser send with a
// link (SameSite=Lax): change nothing on GET, and put
// [http.CrossOriginProtection] in front.
package httpsession
