// This file owns a ticket as it is typed: two boxes, of which either takes the
// whole ticket. Whether it is one is decided by session.

package agent

import (
	"strings"

	"countersign/session/enrol"
)

const ticketPrefix = "CT1:"

// spread puts the parts of a whole ticket, pasted into one box, where they
// belong. One that somebody is still typing stays until its last character.
func (t Ticket) spread() Ticket {
	for _, text := range []string{t.Code, t.Address} {
		rest, whole := cutPrefix(text)
		slash := strings.LastIndexByte(rest, '/')
		if _, err := enrol.ParseTicket(text); err == nil && whole && slash >= 0 {
			t.Address, t.Code = rest[:slash], rest[slash+1:]
			return t
		}
	}
	return t
}

// whole is the ticket as session takes it.
func (t Ticket) whole() string {
	address, _ := cutPrefix(t.Address)
	return ticketPrefix + strings.TrimSuffix(strings.TrimSpace(address), "/") + "/" + strings.TrimSpace(t.Code)
}

// complete reports whether there is something to send in both boxes.
func (t Ticket) complete() bool {
	return strings.TrimSpace(t.Address) != "" && strings.TrimSpace(t.Code) != ""
}

func cutPrefix(text string) (rest string, found bool) {
	text = strings.TrimSpace(text)
	if len(text) < len(ticketPrefix) || !strings.EqualFold(text[:len(ticketPrefix)], ticketPrefix) {
		return text, false
	}
	return text[len(ticketPrefix):], true
}
