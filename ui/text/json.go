// This file owns the JSON form: one object a line, the field "event" first,
// the fields of each event as the contract names them and no others.

package text

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"strings"

	"countersign/session"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/verdict"
)

// The lines. Field order is part of the contract, so each is a struct.
type (
	codeLine struct {
		Event string `json:"event"` // code, readback
		Code  string `json:"code"`
	}
	textLine struct {
		Event string `json:"event"` // qr, alert, message
		Text  string `json:"text"`
	}
	plainLine struct {
		Event string `json:"event"` // opened, secure
	}
	triesLine struct {
		Event     string `json:"event"` // readback_wrong
		TriesLeft int    `json:"tries_left"`
	}
	endedLine struct {
		Event  string        `json:"event"` // ended
		Reason ending.Reason `json:"reason"`
		// Of the texts that were said here: see call.Undelivered.
		NotArrived   int `json:"not_arrived,omitempty"`
		NotConfirmed int `json:"not_confirmed,omitempty"`
	}
	enrolledLine struct {
		Event         string `json:"event"` // enrolled
		Bank          string `json:"bank"`
		Domain        string `json:"domain"`
		Words         string `json:"words"`                   // eight words, one space between
		Authenticator string `json:"authenticator,omitempty"` // otpauth address, where a second factor is asked
		ID            string `json:"id"`                      // of the bank, in hexadecimal digits: --bank takes it
		// OwnLines are the last four digits of the customer's numbers on file.
		OwnLines []string `json:"own_lines,omitempty"`
	}
	bankLine struct {
		Event    string `json:"event"` // bank, removed
		Bank     string `json:"bank"`
		Domain   string `json:"domain"`
		ID       string `json:"id"`    // in hexadecimal digits
		Since    string `json:"since"` // RFC 3339
		Enrolled bool   `json:"enrolled"`
		formerly
		Claims       string        `json:"claims,omitempty"` // what it calls itself and is not shown as: it may be another bank's name
		ClaimsDomain string        `json:"claims_domain,omitempty"`
		Fault        ending.Reason `json:"fault,omitempty"`       // why it cannot be used
		AgentsOnly   bool          `json:"agents_only,omitempty"` // this computer works for it as an agent's, and is no customer's
	}
	formerly struct { // what the bank was called until a while ago; absent when there is nothing to tell
		Formerly       string `json:"formerly,omitempty"`
		FormerlyDomain string `json:"formerly_domain,omitempty"`
	}
	verdictLine struct {
		Event   string          `json:"event"` // verdict
		Result  string          `json:"result"`
		Reasons []ending.Reason `json:"reasons"`
		*stated                 // absent when stopped
	}
	stated struct {
		Agent     agentLine `json:"agent"`
		Bank      string    `json:"bank"`
		Domain    string    `json:"domain"` // "" when the bank names none
		Purpose   string    `json:"purpose"`
		Direction string    `json:"direction"`
		formerly
	}
	agentLine struct {
		Name       string `json:"name"`
		Role       string `json:"role"`
		Department string `json:"department"`
	}
)

// jsonView tells events as JSON lines.
type jsonView struct {
	out     io.Writer
	phrases phrases
}

// event writes the line of an event. The lines are a contract, one an event, so
// they are made of events and not of what a call has come to.
func (v *jsonView) event(e call.Event) {
	switch e := e.(type) {
	case call.CodeShown:
		v.write(codeLine{"code", e.Code})
	case call.QRShown:
		v.write(textLine{"qr", e.Text})
	case call.Opened:
		v.write(plainLine{"opened"})
	case call.ReadbackWrong:
		v.write(triesLine{"readback_wrong", e.TriesLeft})
	case call.VerdictGiven:
		v.write(verdictOf(e.Output))
	case call.ReadbackShown:
		v.write(codeLine{"readback", e.Code})
	case call.Secured:
		v.write(plainLine{"secure"})
	case call.AlertEvent:
		v.write(textLine{"alert", v.phrases.say(string(e.Key))})
	case call.Message:
		v.write(textLine{"message", e.Text})
	}
}

func (v *jsonView) enrolled(bank session.Bank, authenticator string) {
	v.write(enrolledLine{"enrolled", bank.Name, bank.Domain, strings.Join(bank.Words, " "), authenticator, hex.EncodeToString(bank.ID[:]), bank.OwnLines})
}

func formerlyOf(n verdict.Naming) formerly { return formerly{n.FormerName, n.FormerDomain} }

func (v *jsonView) ended(reason ending.Reason, u call.Undelivered) {
	v.write(endedLine{"ended", reason, u.NotArrived, u.NotConfirmed})
}

// write writes one line in one call, so that a reader never sees half of it.
// Escapes of HTML are off: text arrives as it was sent.
func (v *jsonView) write(line any) {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(line); err != nil {
		return // cannot happen: every line holds strings and numbers only
	}
	io.WriteString(v.out, out.String())
}

// verdictOf words a verdict for JSON.
func verdictOf(out verdict.Output) verdictLine {
	line := verdictLine{Event: "verdict", Result: out.Result.String(), Reasons: out.Reasons}
	if line.Reasons == nil {
		line.Reasons = []ending.Reason{} // "reasons" is a list, never null
	}
	if s := out.Shown(); s.Tellable() {
		line.stated = &stated{
			Agent: agentLine{s.Name, s.Role, s.Department}, Bank: s.Bank.Name, Domain: s.Bank.Domain,
			Purpose: s.Purpose.String(), Direction: s.Direction.String(), formerly: formerlyOf(s.Bank),
		}
	}
	return line
}
