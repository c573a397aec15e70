// Package advice owns what people are told about an ending, whoever draws it:
// which sentence tells it to whom, and what a customer should do now. It also
// owns how codes and names of others are written. The windows and the text form
// share it.
//
// It must not know any sentence, language or window: it names translation keys.
// It never words what the bank had stated.
package advice

import (
	"strconv"
	"strings"
	"unicode"

	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
)

// Step is the translation key of what a customer should do now.
type Step string

// The steps. The text of HangUp always ends with a telephone that is safe.
const (
	Nothing   Step = ""
	HangUp    Step = "next.hang_up"
	NewCode   Step = "next.new_code"
	NoSecrets Step = "next.no_secrets"
	AskBank   Step = "next.ask_bank"
)

// Next says what a customer should do after an ending. An ending that is not
// listed is one that nobody has thought about: then hanging up is right.
func Next(reason ending.Reason) Step {
	switch reason {
	case ending.Completed, ending.Declined, ending.Cancelled:
		return Nothing
	case ending.Expired, ending.Superseded, ending.FrameStale, ending.NotACode, ending.WrongCheckDigit,
		ending.UnknownCode, ending.UsedCode, ending.ImageTooLarge, ending.Busy, ending.LineLost,
		ending.WrongClock:
		return NewCode
	case ending.NotSure, ending.StatusStale, ending.Guest, ending.Offline, ending.NameClash, ending.ServerDown,
		ending.NoKeyring, ending.KeyringLocked:
		return NoSecrets
	case ending.UnknownBank, ending.Unsupported, ending.TicketUsed, ending.TicketExpired:
		return AskBank
	}
	return HangUp
}

// StartsHold reports whether an ending leaves only calls by the bank to the
// customer's own number for a while.
func StartsHold(reason ending.Reason) bool {
	return reason == ending.WrongDirection || reason == ending.WrongNumber || reason == ending.Reported
}

// Sentence is a translation key with the number that it tells.
type Sentence struct{ Key, Count string }

// Undelivered words which texts typed here may not have been read, in the order in
// which they are told; none when all were.
func Undelivered(u call.Undelivered) (told []Sentence) {
	switch {
	case u.NotArrived == 1:
		told = append(told, Sentence{Key: "undelivered.one"})
	case u.NotArrived > 1:
		told = append(told, Sentence{"undelivered.many", strconv.Itoa(u.NotArrived)})
	}
	switch {
	case u.NotConfirmed > 0 && u.NotArrived > 0:
		told = append(told, Sentence{Key: "undelivered.unsure_before"})
	case u.NotConfirmed > 0:
		told = append(told, Sentence{Key: "undelivered.unsure"})
	}
	return told
}

// The families of sentences: who is told, and when.
const (
	ForCustomers = ""       // in a call
	ForDevice    = "device" // a customer, before a verdict
	ForAgents    = "agent"  // in a call
	ForStart     = "start"  // an agent, before a code is shown
	ForEnrolment = "enrol"
)

// Key returns the translation key of what an ending is called in words. Where
// a family of people needs other words than a customer in a call, those come
// first; an agent who has no code yet is an agent too.
func Key(reason ending.Reason, family string, has func(key string) bool) string {
	if !reason.Known() {
		reason = ending.Unsupported
	}
	for _, f := range []string{family, parent(family)} {
		if key := "ending." + f + "." + string(reason); f != "" && has(key) {
			return key
		}
	}
	return "ending." + string(reason)
}

func parent(family string) string {
	if family == ForStart {
		return ForAgents
	}
	return ForCustomers
}

// BankName is a bank with the domain it vouches for, if it names one.
func BankName(name, domain string) string {
	if domain == "" {
		return name
	}
	return name + " (" + domain + ")"
}

// Quotable is a sentence of somebody else's for between quotation marks: its own
// become apostrophes, so that it cannot end the quotation and go on as the program.
func Quotable(sentence string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Quotation_Mark, r) {
			return '\''
		}
		return r
	}, sentence)
}

// Pairs splits a read-back for the eye and the voice: "47 - 19 - 03".
func Pairs(code string) string {
	if len(code) != 6 {
		return code
	}
	return code[:2] + " - " + code[2:4] + " - " + code[4:]
}

// mostMarks is how many combining marks may stand on one letter: more than any
// language needs would be drawn over what stands above and below.
const mostMarks = 3

// Clean removes what could steer a terminal, reorder what is read or draw over
// it: control and format characters (escape sequences, bidi marks), line ends
// included, and heaps of combining marks.
func Clean(text string) string {
	marks := 0
	return strings.Map(func(r rune) rune {
		if !unicode.Is(unicode.M, r) {
			marks = 0
		} else if marks++; marks > mostMarks {
			return -1
		}
		switch {
		case r == '\n', r == '\t', r == '\r', r == '\u2028', r == '\u2029':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, text)
}
