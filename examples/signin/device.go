package main

import (
	"strings"
	"unicode"

	"github.com/mileusna/useragent"
)

// deviceOf says in a few words what a User-Agent header tells, so that people
// recognise their sessions: "Firefox on Linux". It is what the client claims.
func deviceOf(header string) string {
	// What cannot be seen could turn or hide the words around it.
	agent := useragent.Parse(strings.Map(onlyGraphic, header))
	switch {
	case !strings.ContainsFunc(agent.Name, isVisible):
		return "An unknown program"
	case agent.OS == "":
		return shorten(agent.Name)
	}
	return shorten(agent.Name + " on " + agent.OS)
}

func onlyGraphic(r rune) rune {
	if !unicode.IsGraphic(r) {
		return -1
	}
	return r
}

const maxDeviceRunes = 60

func shorten(name string) string {
	runes := []rune(name)
	return string(runes[:min(len(runes), maxDeviceRunes)])
}
