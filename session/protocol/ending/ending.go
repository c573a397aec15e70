// Package ending owns CP1's one table of endings: every way in which a call,
// a check or an enrolment can end has its own name here, and code, JSON
// events, both user interfaces and the documents use that name.
//
// It must not know how an ending comes about or how it is worded for people:
// the checks live in verdict, call and server, the sentences in the
// translations under the key "ending.<reason>".
package ending

import "errors"

// Reason is the name of an ending, as it stands in JSON and in translations.
type Reason string

// The endings of CP1's table.
const (
	Completed      Reason = "completed"       // the call was secure and one side ended it
	Declined       Reason = "declined"        // the customer cancelled before the verdict
	WrongDirection Reason = "wrong_direction" // how the call began is not what the offer says
	WrongNumber    Reason = "wrong_number"    // the line is not the one the offer was made for
	NotForYou      Reason = "not_for_you"     // the offer, or the ticket, is for another customer or agent
	NotSure        Reason = "not_sure"        // the customer does not know how the call began
	Expired        Reason = "expired"         // the offer's five minutes are over
	Replayed       Reason = "replayed"        // a second valid reply to one offer
	Superseded     Reason = "superseded"      // the same agent made a newer offer
	Collision      Reason = "collision"       // another agent has an offer for the same customer
	OnHold         Reason = "on_hold"         // an earlier stop allows only a call by the bank to a number on file
	ReadbackFailed Reason = "readback_failed" // three wrong read-backs
	Revoked        Reason = "revoked"         // a staple says that the credential is revoked
	StatusStale    Reason = "status_stale"    // no staple, or one over 30 minutes old
	FrameStale     Reason = "frame_stale"     // a QR frame over 30 seconds old
	Forged         Reason = "forged"          // a signature, hash or binding does not hold
	Guest          Reason = "guest"           // the bank is pinned, this device is not enrolled
	Offline        Reason = "offline"         // checked without the network: not known to be live
	UnknownBank    Reason = "unknown_bank"    // no pin for this bank in the keyring
	NotACode       Reason = "not_a_code"      // the input is not a code, ticket or QR of CP1
	WrongClock     Reason = "wrong_clock"     // this computer's clock is off
	Unsupported    Reason = "unsupported"     // suite or version that this program or bank does not allow
	Busy           Reason = "busy"            // a limit was reached: try again shortly
	NoKeyring      Reason = "no_keyring"      // the system has no keyring
	ServerDown     Reason = "server_down"     // the bank's server cannot be reached
	LineLost       Reason = "line_lost"       // the connection was lost and did not come back
	Cancelled      Reason = "cancelled"       // one side ended the call before it was secure
	Reported       Reason = "reported"        // the customer said that something is wrong
	RemoteControl  Reason = "remote_control"  // somebody else may see or steer the screen
)

// The endings that the text form adds.
const (
	WrongCheckDigit Reason = "wrong_check_digit" // a digit of the spoken code is wrong; nothing was sent
	UnknownCode     Reason = "unknown_code"      // no offer or ticket has this code
	UsedCode        Reason = "used_code"         // the code was already redeemed
	ImageTooLarge   Reason = "image_too_large"   // the image is over the size or pixel limit
	TicketUsed      Reason = "ticket_used"       // the ticket was already redeemed
	TicketExpired   Reason = "ticket_expired"    // the ticket's time is over
	WrongServerKey  Reason = "wrong_server_key"  // the server's TLS key is not the pinned one
	NameClash       Reason = "name_clash"        // a bank that is to be enrolled can be taken for one that is known here
	KeyringLocked   Reason = "keyring_locked"    // the keyring is locked or did not answer
)

// All lists every ending once, in the table's order.
func All() []Reason {
	return []Reason{
		Completed, Declined, WrongDirection, WrongNumber, NotForYou, NotSure, Expired, Replayed,
		Superseded, Collision, OnHold, ReadbackFailed, Revoked, StatusStale, FrameStale, Forged,
		Guest, Offline, UnknownBank, NotACode, WrongClock, Unsupported, Busy, NoKeyring, ServerDown,
		LineLost, Cancelled, Reported, RemoteControl,
		WrongCheckDigit, UnknownCode, UsedCode, ImageTooLarge, TicketUsed,
		TicketExpired, WrongServerKey, NameClash, KeyringLocked,
	}
}

// Known reports whether r is in the table. Names that arrive from outside are
// checked with it before they are shown or stored.
func (r Reason) Known() bool {
	for _, k := range All() {
		if r == k {
			return true
		}
	}
	return false
}

// Amber reports whether r, found by a check, leaves the verdict unverified
// (something is not known) rather than stopped (something is wrong). A check
// finds RemoteControl only when the person has said that somebody trusted
// helps: without that no check begins.
func (r Reason) Amber() bool {
	switch r {
	case NotSure, StatusStale, Guest, Offline, RemoteControl, NameClash:
		return true
	}
	return false
}

// LocalFault reports whether r is a fault of this computer or its connection
// rather than of the call: keyring, disk, no server (exit status 3).
func (r Reason) LocalFault() bool {
	switch r {
	case NoKeyring, KeyringLocked, ServerDown:
		return true
	}
	return false
}

// Error carries an ending out of a function that failed. The Detail is for
// logs and diagnostics: it never holds a code, a key or a person's data. The
// cause Err, nil if there is none, is for errors.Is and errors.As: its text is
// told only where it is the Detail too.
type Error struct {
	Reason Reason
	Detail string
	Err    error
}

// Error implements error.
func (e *Error) Error() string {
	if e.Detail == "" {
		return string(e.Reason)
	}
	return string(e.Reason) + ": " + e.Detail
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Because makes an Error without a cause.
func Because(r Reason, detail string) error { return &Error{Reason: r, Detail: detail} }

// Wrap makes an Error of its cause, whose text becomes the detail: nothing that
// a detail never holds may stand in it.
func Wrap(r Reason, err error) error { return &Error{Reason: r, Detail: err.Error(), Err: err} }

// Of returns the ending that err carries anywhere in its chain, or fallback
// when it carries none.
func Of(err error, fallback Reason) Reason {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return fallback
}
