package main

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// announce prints where to click and what to type.
func announce(w io.Writer, set settings, addr net.Addr) {
	base := baseURL(set.addr, addr)
	fmt.Fprintf(w, "Sessions: %s. Accounts: %s.\n", storeName(set.store), set.users)
	fmt.Fprintf(w, "\nOpen %s in a browser, or use curl (the cookie goes to signin.cookies):\n\n", base)
	const curl = "  curl -b signin.cookies -c signin.cookies "
	const asJSON = "-H 'Content-Type: application/json' -d "
	fmt.Fprint(w, curl, asJSON, `'{"first_name":"Ada","last_name":"Lovelace","email":"ada@example.org","password":"correct horse"}' `, base, "/signup\n")
	fmt.Fprint(w, curl, base, "/welcome\n")
	fmt.Fprint(w, curl, "-X POST ", base, "/refresh\n")
	fmt.Fprint(w, curl, "-X POST ", base, "/logout\n")
	fmt.Fprint(w, curl, asJSON, `'{"email":"ada@example.org","password":"correct horse"}' `, base, "/signin\n")
	if note := cookieNote(set.dev, addr); note != "" {
		fmt.Fprintf(w, "\n%s\n", note)
	}
	fmt.Fprint(w, "\nCtrl-C ends the program.\n\n")
}

// cookieNote says what comes of plain HTTP. The cookie is Secure, and clients
// send such a cookie over HTTPS and, most of them, to this machine itself.
func cookieNote(dev bool, addr net.Addr) string {
	switch {
	case dev:
		return "WARNING: -dev is for development. The cookie has neither Secure nor the __Host- prefix, and\n" +
			"whoever can read or change the traffic can take over a session. Do not serve users like this."
	case !isLoopback(addr):
		return "Note: this is plain HTTP, and the cookie is Secure: clients on other machines do not keep it.\n" +
			"Put a proxy with TLS in front, or use -dev for a trial."
	}
	return "The cookie is Secure. Chrome, Edge, Firefox and curl (7.79 or newer) send it to this machine over\n" +
		"plain HTTP all the same; Safari does not: there, and with an older curl, add -dev."
}

// farewell prints what becomes of the sessions and how to come back.
func farewell(w io.Writer, set settings) {
	if storeScheme(set.store) == "memory" {
		fmt.Fprintln(w, "Stopped. Sessions were in memory and are gone; accounts are kept: you can sign in again after")
	} else {
		fmt.Fprintln(w, "Stopped. Sessions and accounts are kept: whoever was signed in still is after")
	}
	line := commandLine(set)
	fmt.Fprintf(w, "\n  %s\n\n", line)
	if strings.Contains(line, hidden) {
		fmt.Fprintf(w, "where %s stands for what is not printed.\n\n", hidden)
	}
}

// commandLine is the command that starts this program again.
func commandLine(set settings) string {
	words := []string{"go run ./examples/signin"}
	if !strings.Contains(os.Args[0], "go-build") { // where go run puts its binary
		words[0] = shellWord(os.Args[0])
	}
	for _, word := range set.given {
		words = append(words, shellWord(redactedWord(word)))
	}
	return strings.Join(words, " ")
}

func shellWord(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\n\"'\\$&;|<>()*?[]#~`!{}") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// storeName describes a store for people: "bolt (signin.db)", "redis".
func storeName(store string) string {
	scheme := storeScheme(store)
	if file, ok := strings.CutPrefix(store, "bolt:"); ok {
		return scheme + " (" + file + ")"
	}
	return scheme
}

func storeScheme(store string) string {
	scheme, _, _ := strings.Cut(store, ":")
	return scheme
}

// hidden stands for a password, as in url.URL.Redacted.
const hidden = "xxxxx"

// redactedWord is a word of the command line without the secrets of a URL in it.
// Every URL counts, also one that a later flag overrides: -store=URL, too, is a
// word.
func redactedWord(word string) string {
	if !strings.Contains(word, "://") {
		return word
	}
	flag, address, ok := strings.Cut(word, "=")
	if !ok || !strings.HasPrefix(word, "-") {
		return redacted(word)
	}
	return flag + "=" + redacted(address)
}

// redacted is a store's URL without its password, which may be beside the user
// or, postgres takes it there as well, in the query.
func redacted(store string) string {
	u, err := url.Parse(store)
	if err != nil {
		return storeScheme(store) + "://" + hidden
	}
	if u.RawQuery != "" {
		parameters := strings.Split(u.RawQuery, "&")
		for i, parameter := range parameters {
			name, _, named := strings.Cut(parameter, "=")
			if parameters[i] = hidden; named {
				parameters[i] = name + "=" + hidden
			}
		}
		u.RawQuery = strings.Join(parameters, "&")
	}
	u.Fragment = ""
	return u.Redacted()
}

// baseURL is what to type into a browser on this machine. The host is the one
// of the flag, the port the one that was bound: the flag's may be 0.
func baseURL(flag string, bound net.Addr) string {
	host, _, _ := net.SplitHostPort(flag)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	port := bound.(*net.TCPAddr).Port
	return "http://" + net.JoinHostPort(host, strconv.Itoa(port))
}

func isLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
