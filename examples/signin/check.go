package main

import (
	"net/http"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxNameRunes     = 100
	maxEmailBytes    = 254 // RFC 5321 with its erratum 1690
	minPasswordRunes = 8
)

// checkSignUp returns nil or a problem that names every bad field.
func (in input) checkSignUp() error {
	return badFields(map[string]string{
		"first_name": nameFault(in.FirstName),
		"last_name":  nameFault(in.LastName),
		"email":      emailFault(in.Email),
		"password":   newPasswordFault(in.Password),
	})
}

// checkSignIn asks less of the password: rules for new ones do not concern
// those that are there.
func (in input) checkSignIn() error {
	return badFields(map[string]string{
		"email":    emailFault(in.Email),
		"password": blankFault(in.Password),
	})
}

// checkNewPassword asks the same of a new password, and the current one.
func (in input) checkNewPassword() error {
	return badFields(map[string]string{
		"password":     blankFault(in.Password),
		"new_password": newPasswordFault(in.NewPassword),
	})
}

func badFields(faults map[string]string) error {
	for field, fault := range faults {
		if fault == "" {
			delete(faults, field)
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return &problem{status: http.StatusBadRequest, message: "Please check what you typed.", fields: faults}
}

func blankFault(s string) string {
	if strings.TrimSpace(s) == "" {
		return "is missing"
	}
	return ""
}

// nameFault is liberal: a name is what somebody says it is, as long as it can be
// seen and does not change how the text around it looks.
func nameFault(name string) string {
	switch {
	case !strings.ContainsFunc(name, isVisible):
		return blankFault("")
	case utf8.RuneCountInString(name) > maxNameRunes:
		return "is too long: at most 100 characters"
	case !utf8.ValidString(name), strings.ContainsFunc(name, isNoPartOfNames):
		return "has characters that no name has"
	}
	return ""
}

// isVisible reports whether a character leaves a mark on a page. Some letters
// and symbols leave none.
func isVisible(r rune) bool {
	return unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != '\u2800' && // the blank braille pattern
		!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// isNoPartOfNames finds control characters and those that only format, such as
// one that turns the direction of the text. Persian and Indian scripts spell with
// two of the latter, the joiners.
func isNoPartOfNames(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return isFormatting(r) && r != nonJoiner && r != joiner
}

func isFormatting(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }

func emailFault(email string) string {
	if blankFault(email) != "" {
		return blankFault(email)
	}
	// ParseAddress also takes "Ada <ada@example.org>", which is more than an
	// address.
	address, err := mail.ParseAddress(email)
	if err != nil || address.Address != email || len(email) > maxEmailBytes || !utf8.ValidString(email) ||
		strings.ContainsFunc(email, isFormatting) {
		return "is not an email address, such as ada@example.org"
	}
	return ""
}

func newPasswordFault(password string) string {
	switch {
	case blankFault(password) != "":
		return blankFault(password)
	case utf8.RuneCountInString(password) < minPasswordRunes:
		return "is too short: at least 8 characters"
	case len(password) > maxPasswordBytes:
		return "is too long: at most 72 bytes"
	}
	return ""
}
