// This file owns what people are told during a call. The text form writes
// these events as JSON lines, the windows draw them.

package call

import (
	"countersign/session/protocol/ending"
	"countersign/session/protocol/verdict"
)

// Event is something that people are told.
type Event interface{ told() }

// AlertKey is the translation key of an alert's sentence.
type AlertKey string

// The alerts.
const (
	AlertLost      AlertKey = "alert.line_lost"     // connection lost, trying again
	AlertBack      AlertKey = "alert.line_back"     // the connection is back
	AlertCollision AlertKey = "alert.collision"     // somebody else tried to start a call with this customer
	AlertStale     AlertKey = "alert.status_stale"  // the other side's credential was not confirmed lately
	AlertNotYet    AlertKey = "alert.not_yet"       // text is possible only once the call is secure
	AlertEarlier   AlertKey = "alert.earlier_stop"  // an earlier call was stopped
	AlertReadback  AlertKey = "alert.readback_form" // a read-back is six digits
	AlertMessage   AlertKey = "alert.message_form"  // the text is too long or holds characters that cannot be sent
	AlertClockSkew AlertKey = "alert.clock_skew"    // this computer's clock is a little off
)

// The events.
type (
	// Moved says which phase the call is in now. It is told first of what a
	// step tells, whenever the phase changes; Idle, before Begin, is never told.
	// It is for screens: the text form, whose lines are a contract, leaves it out.
	Moved[P Phase] struct{ Phase P }
	// CodeShown carries the spoken code, nine digits, once the relay has the offer.
	CodeShown struct{ Code string }
	// QRShown carries the text of a fresh QR frame.
	QRShown struct{ Text string }
	// Opened says that the customer's device has confirmed the handshake.
	// Enrolled says that the device proved its own credential in this call; a
	// guest proves nothing. Only this may be told as checked: what the bank knew
	// of the customer before the call says nothing about who answered.
	Opened struct{ Enrolled bool }
	// ReadbackWrong says that the digits typed are not the device's.
	ReadbackWrong struct{ TriesLeft int }
	// VerdictGiven carries the companion's verdict. Read Output.Shown for what
	// may be shown: a stopped verdict never says what the offer claimed.
	VerdictGiven struct{ Output verdict.Output }
	// ReadbackShown carries the six digits for the customer to read aloud.
	ReadbackShown struct{ Code string }
	// Secured says that sensitive data may travel now.
	Secured struct{}
	// AlertEvent carries a warning that does not end the call.
	AlertEvent struct{ Key AlertKey }
	// Message carries text of the other side.
	Message struct{ Text string }
	// EndedEvent is the last event of every call. What it says of texts is about
	// those typed here.
	EndedEvent struct {
		Reason ending.Reason
		Texts  Undelivered
	}
)

// Undelivered counts the last texts of one side that the other side's people may
// not have read. The ending hides none of them: also a call that is completed can
// have some.
type Undelivered struct {
	// NotArrived are those that are known not to have been read: the other side
	// had not taken them when it ended, or they never left this computer.
	NotArrived int
	// NotConfirmed are those before them that left and were not acknowledged:
	// nobody here knows. One record travels at a time, so it is one or none.
	NotConfirmed int
}

func (Moved[P]) told()      {}
func (CodeShown) told()     {}
func (QRShown) told()       {}
func (Opened) told()        {}
func (ReadbackWrong) told() {}
func (VerdictGiven) told()  {}
func (ReadbackShown) told() {}
func (Secured) told()       {}
func (AlertEvent) told()    {}
func (Message) told()       {}
func (EndedEvent) told()    {}
