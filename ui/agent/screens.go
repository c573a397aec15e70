// This file owns the list of screens.

package agent

import "countersign/ui/shell"

// Kind names a screen. Each is declared where it is drawn.
type Kind string

// InCall is where a person is in a call, or after it: the call decides which
// screen is shown.
const InCall Kind = "in-call"

// screens are all screens, each with what draws it.
var screens = map[Kind]func(*Side) screen{
	Opening:       (*Side).opening,
	CannotOpen:    (*Side).cannotOpen,
	AskPrompted:   (*Side).prompted,
	PromptedStop:  (*Side).promptedStop,
	Ticket:        (*Side).ticket,
	Authenticator: (*Side).authenticator,
	SignIn:        (*Side).signingIn,
	Home:          (*Side).home,
	Starting:      (*Side).starting,
	Live:          (*Side).live,
	QRCode:        (*Side).qrCode,
	Secure:        (*Side).secure,
	Receipt:       (*Side).receipt,
	PastCalls:     (*Side).pastCalls,
}

type screen = shell.Screen[State]
