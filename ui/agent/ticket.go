// This file owns a ticket as it is typed: two boxes, of which either takes the
// whole ticket. Whether it is one is decided by session.

package agent

import (
	"strings"

	"countersign/session/protocol/enrol"
)

// spread puts the parts of a whole ticket, pasted into one box, where they
// belong. One that somebody is still typing stays until its last character.
func (t Ticket) spread() Ticket {
	for _, text := range []string{t.Code, t.Address} {
		if whole, err := enrol.ParseTicket(text); err == nil {
			t.Address, t.Code = whole.Parts()
			return t
		}
	}
	return t
}

// whole is the ticket as session takes it.
func (t Ticket) whole() string { return enrol.Join(t.Address, t.Code) }

// complete reports whether there is something to send in both boxes.
func (t Ticket) complete() bool {
	return strings.TrimSpace(t.Address) != "" && strings.TrimSpace(t.Code) != ""
}
