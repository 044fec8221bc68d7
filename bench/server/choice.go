package server

import (
	"fmt"
	"os"
)

const choiceVariable = "SESSIONSTORE_SERVERS"

// What SESSIONSTORE_SERVERS may say.
const (
	inDocker   = "docker"
	onMachine  = "local"
	whatThere  = "auto"
	ofNoChoice = ""
)

// choice returns what SESSIONSTORE_SERVERS says.
func choice() (string, error) {
	switch word := os.Getenv(choiceVariable); word {
	case inDocker, onMachine, whatThere, ofNoChoice:
		return word, nil
	default:
		return "", fmt.Errorf("%s=%s: want docker, local or auto", choiceVariable, word)
	}
}
