package main

import "github.com/mileusna/useragent"

// deviceOf says in a few words what a User-Agent header tells, so that people
// recognise their sessions: "Firefox on Linux". It is what the client claims.
func deviceOf(header string) string {
	agent := useragent.Parse(header)
	switch {
	case agent.Name == "":
		return "An unknown program"
	case agent.OS == "":
		return shorten(agent.Name)
	}
	return shorten(agent.Name + " on " + agent.OS)
}

const maxDeviceRunes = 60

func shorten(name string) string {
	runes := []rune(name)
	return string(runes[:min(len(runes), maxDeviceRunes)])
}
