// This file owns what passes through the hostile relay: messages, how to
// choose and change them.

package adversary

import (
	"fmt"
	"strings"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/wire"
)

// Message is one request, answer or push on its way.
type Message struct {
	From     *Client // whose connection carries it, whichever way it goes
	ToServer bool    // from the client to the server; else the other way
	Answer   bool    // the server's answer to a request
	Subject  string  // of an answer, the subject of its request
	Data     []byte  // CBOR; change it to rewrite the message
	reply    string  // of a request, where its answer goes; of what the server sends, its own subject
}

// Send sends the message on its way, with the Data it has now. It may be
// called again to repeat the message, and long after the rule has returned.
func (m *Message) Send() {
	if m.ToServer {
		m.From.owes(m.reply)
		m.From.write(&m.From.farWrite, m.From.far, message(m.Data, "PUB", m.Subject, m.reply))
		return
	}
	m.From.deliver(m.reply, m.Data)
}

// Reply answers a request in the server's place.
func (m *Message) Reply(body any) { m.answer(relay.Answer{Body: encode(body)}) }

// Refuse answers a request in the server's place with a reason.
func (m *Message) Refuse(r ending.Reason) { m.answer(relay.Answer{Reason: r}) }

// Taken answers a request in the server's place: done, and nothing to say.
func (m *Message) Taken() { m.answer(relay.Answer{}) }

func (m *Message) answer(a relay.Answer) { m.From.deliver(m.reply, encode(a)) }

// Request matches what clients send to subjects with this beginning, such as
// "cp1.lookup" or "cp1.agent.admit".
func Request(subject string) Match {
	return func(m *Message) bool { return m.ToServer && under(m.Subject, subject) }
}

// AnswerTo matches the server's answers to requests on such subjects.
func AnswerTo(subject string) Match {
	return func(m *Message) bool { return m.Answer && under(m.Subject, subject) }
}

// Up matches what a companion sends of these kinds.
func Up(kinds ...relay.Kind) Match {
	return func(m *Message) bool {
		if !m.ToServer || !under(m.Subject, "cp1.up") {
			return false
		}
		u, err := relay.Decode[relay.Up](m.Data)
		return err == nil && oneOf(u.Kind, kinds)
	}
}

// Down matches what an agent sends of these kinds.
func Down(kinds ...relay.Kind) Match {
	return func(m *Message) bool {
		if !m.ToServer || !under(m.Subject, "cp1.agent.down") {
			return false
		}
		d, err := relay.Decode[relay.Down](m.Data)
		return err == nil && oneOf(d.Kind, kinds)
	}
}

// PushTo matches what the server pushes to clients of a role, of these kinds.
func PushTo(role relay.Role, kinds ...relay.Kind) Match {
	return func(m *Message) bool {
		if m.ToServer || m.Answer || m.From.Role() != role {
			return false
		}
		p, err := relay.Decode[relay.Push](m.Data)
		return err == nil && oneOf(p.Kind, kinds)
	}
}

// Or matches what any of the matches does.
func Or(matches ...Match) Match {
	return func(m *Message) bool {
		for _, match := range matches {
			if match(m) {
				return true
			}
		}
		return false
	}
}

// First matches the first n messages that the match does.
func First(n int, match Match) Match {
	return func(m *Message) bool {
		if n == 0 || !match(m) {
			return false
		}
		n--
		return true
	}
}

func under(subject, beginning string) bool {
	return strings.HasPrefix(subject+".", beginning+".")
}

// oneOf: no kinds means all.
func oneOf(kind relay.Kind, kinds []relay.Kind) bool {
	for _, k := range kinds {
		if k == kind {
			return true
		}
	}
	return len(kinds) == 0
}

// Read decodes a message that is a T: relay.Up, relay.Push, relay.LookupRequest ...
// A message that is not is a mistake of the test, and panics.
func Read[T any](m *Message) T { return must(relay.Decode[T](m.Data)) }

// Edit rewrites a message that is a T.
func Edit[T any](m *Message, edit func(*T)) {
	v := Read[T](m)
	edit(&v)
	m.Data = encode(v)
}

// ReadAnswer decodes the body of an answer. The second result is false when
// the server refused.
func ReadAnswer[T any](m *Message) (T, bool) {
	a := Read[relay.Answer](m)
	if a.Reason != "" {
		return *new(T), false
	}
	return must(relay.Decode[T](a.Body)), true
}

// EditAnswer rewrites the body of an answer; a refusal stays as it is.
func EditAnswer[T any](m *Message, edit func(*T)) {
	v, answered := ReadAnswer[T](m)
	if !answered {
		return
	}
	edit(&v)
	m.Data = encode(relay.Answer{Body: encode(v)})
}

func encode(m any) []byte { return wire.Marshal(m) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("adversary: %v", err))
	}
	return v
}
