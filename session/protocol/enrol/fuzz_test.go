// Fuzz targets of what people type to enrol: a ticket, its two halves, and the
// eight words.

package enrol

import (
	"strings"
	"testing"

	"countersign/session/protocol/ending"
)

// FuzzParseTicket: whatever way a ticket is typed, it is printed in one way,
// which reads back as the same ticket.
func FuzzParseTicket(f *testing.F) {
	f.Add("CT1:relay.example:4222/ABCD-EFGH-IJKL-MN27")
	f.Add("ct1:[::1]:1/abcdefghijklmn27")
	f.Add(" CT1:192.0.2.1:65535/0000 1111\u00a02222-3333 ")
	f.Fuzz(func(t *testing.T, typed string) {
		ticket, err := ParseTicket(typed)
		if err != nil {
			if ending.Of(err, "") != ending.NotACode || ticket != (Ticket{}) {
				t.Errorf("%q: %+v, %v", typed, ticket, err)
			}
			return
		}
		if len(typed) > maxTicketText || len(ticket.Name) != NameSize || len(ticket.Secret) != SecretSize || strings.ContainsAny(ticket.Addr, " /\n@") {
			t.Errorf("%q gives %+v", typed, ticket)
		}
		if again, err := ParseTicket(ticket.String()); err != nil || again != ticket {
			t.Errorf("%q gives %+v, which reads back as %+v, %v", typed, ticket, again, err)
		}
		if again, err := ParseTicket(Join(ticket.Parts())); err != nil || again != ticket {
			t.Errorf("%q in two boxes reads back as %+v, %v", typed, again, err)
		}
	})
}

// FuzzJoin: two boxes together hold the ticket that one line would.
func FuzzJoin(f *testing.F) {
	f.Add("relay.example:4222", "ABCD-EFGH-IJKL-MN27")
	f.Add("CT1:relay.example:4222/", " abcdefghijklmn27")
	f.Fuzz(func(t *testing.T, address, code string) {
		ticket, err := ParseTicket(Join(address, code))
		if err == nil && !strings.Contains(strings.ToLower(address+"/"+code), ticket.Addr) {
			t.Errorf("%q and %q give the address %q", address, code, ticket.Addr)
		}
	})
}

// FuzzCheckWords: no other words vouch for these roots.
func FuzzCheckWords(f *testing.F) {
	hash := [32]byte{0xa5, 0x5a, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	want := strings.Join(Words(hash), " ")
	f.Add(want)
	f.Add("  " + strings.ToUpper(want) + "\n")
	f.Add(strings.Join(Words([32]byte{}), "\t"))
	f.Fuzz(func(t *testing.T, typed string) {
		err := CheckWords(typed, hash)
		if err == nil && strings.Join(strings.Fields(strings.ToLower(typed)), " ") != want {
			t.Errorf("accepted %q", typed)
		}
		if reason := ending.Of(err, ""); err != nil && reason != ending.NotACode && reason != ending.Forged {
			t.Errorf("an error without a name: %v", err)
		}
	})
}
