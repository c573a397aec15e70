// This file owns forwarding: what a companion sends up to the agent of an
// offer, and what the agent sends down to a companion. The bodies are sealed
// between the two ends; the relay reads the kind and who may send it.
//
// Rule: messages of one sender are forwarded in the order in which they
// arrived, so forwarding happens in the subscription's own goroutine and does
// nothing that can wait.

package server

import (
	"errors"

	"github.com/nats-io/nats.go"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/wire"
)

// maxBody leaves room for what a push adds to the body that it carries.
const maxBody = wire.MaxMessage - 1<<10

// maxEnvelope bounds what a companion can send to an agent before it is
// admitted, in bytes: a reply is about 2 KiB.
const maxEnvelope = 8 << 10

// up forwards one message of a companion, or hands its ticket on.
func (s *services) up(m *nats.Msg) {
	from := relay.Sender(m.Subject)
	if m.Reply != "" && !ownInbox(m.Reply, from) {
		return
	}
	u, err := relay.Decode[relay.Up](m.Data)
	if err != nil {
		s.settle(m, ending.Because(ending.Unsupported, "a message of another version, or malformed"))
		return
	}
	if u.Kind == relay.KindReadmit {
		s.work(s.readmitCrew, m, s.readmitCompanion)
		return
	}
	s.settle(m, s.forwardUp(from, u))
}

func (s *services) forwardUp(from string, u relay.Up) error {
	c := s.book.find(u.OID)
	if c == nil {
		return ending.Because(ending.UnknownCode, "no such offer")
	}
	r := c.record.Load()
	if err := s.maySendUp(c, r, from, u); err != nil {
		return err
	}
	if r.AgentKey == "" {
		return ending.Because(ending.Busy, "the agent is not back yet")
	}
	c.heard.Store(s.now().Unix())
	s.push(r.AgentKey, relay.Push{OID: u.OID, Kind: u.Kind, Body: u.Body, From: from})
	return nil
}

func (s *services) maySendUp(c *call, r *record, from string, u relay.Up) error {
	switch u.Kind {
	case relay.KindReply, relay.KindDecline:
		return s.mayReply(c, r, from, len(u.Body))
	case relay.KindConfirm, relay.KindRecord, relay.KindAck:
		switch {
		case r.Companion != from:
			return ending.Because(ending.Forged, "another companion's call")
		case r.Stage == ended:
			return ending.Because(r.Reason, "the call has ended")
		case len(u.Body) > maxBody:
			return ending.Because(ending.Unsupported, "the message is too large")
		}
		return nil
	}
	return ending.Because(ending.Unsupported, "not a message of a companion")
}

// mayReply lets those reply who looked the offer up while it is live. A reply
// to an offer that is already in use goes through as well: the agent must
// learn of it, because a second valid reply ends both.
func (s *services) mayReply(c *call, r *record, from string, size int) error {
	switch {
	case !c.wasSeenBy(from) && r.Companion != from:
		return ending.Because(ending.Forged, "a reply to an offer that was not looked up")
	case r.Stage == ended:
		return ending.Because(r.Reason, "the offer is over")
	case r.Stage == live && s.now().Unix() > r.Expiry:
		return ending.Because(ending.Expired, "the reply came after the offer's expiry")
	case size > maxEnvelope:
		return ending.Because(ending.Unsupported, "the reply is too large")
	case !c.countReply(from):
		return ending.Because(ending.Busy, "too many replies to one offer")
	}
	return nil
}

// down forwards one message of an agent.
func (s *services) down(m *nats.Msg, agentID uint64) {
	from := relay.Sender(m.Subject)
	d, err := relay.Decode[relay.Down](m.Data)
	if err != nil {
		s.settle(m, ending.Because(ending.Unsupported, "a message of another version, or malformed"))
		return
	}
	s.settle(m, s.forwardDown(from, agentID, d))
}

func (s *services) forwardDown(from string, agentID uint64, d relay.Down) error {
	c, err := s.ownCall(from, agentID, d.OID)
	if err != nil {
		return err
	}
	r := c.record.Load()
	if err := maySendDown(c, r, d); err != nil {
		return err
	}
	c.heard.Store(s.now().Unix())
	s.push(d.Companion, relay.Push{OID: d.OID, Kind: d.Kind, Body: d.Body})
	return nil
}

func maySendDown(c *call, r *record, d relay.Down) error {
	switch d.Kind {
	case relay.KindRefuse: // also after the end: a late companion is told why
		if r.Companion != d.Companion && !c.wasSeenBy(d.Companion) {
			return ending.Because(ending.Forged, "this companion has not looked the offer up")
		}
	case relay.KindReveal, relay.KindRecord, relay.KindAck:
		switch {
		case r.Companion == "" || r.Companion != d.Companion:
			return ending.Because(ending.Forged, "this companion was not admitted")
		case r.Stage == ended:
			return ending.Because(r.Reason, "the call has ended")
		}
	default:
		return ending.Because(ending.Unsupported, "not a message of an agent")
	}
	if len(d.Body) > maxBody {
		return ending.Because(ending.Unsupported, "the message is too large")
	}
	return nil
}

// ownCall returns the call of an offer, if it is this agent's and was made, or
// taken up again, over this connection.
func (s *services) ownCall(from string, agentID uint64, oid [32]byte) (*call, error) {
	c := s.book.find(oid)
	if c == nil {
		return nil, ending.Because(ending.UnknownCode, "no such offer")
	}
	if r := c.record.Load(); r.AgentID != agentID || r.AgentKey != from {
		return nil, ending.Because(ending.Forged, "another agent's offer")
	}
	return c, nil
}

// settle answers a message whose sender wants to know whether it went on.
func (s *services) settle(m *nats.Msg, err error) {
	if m.Reply != "" {
		s.respond(m, nil, err)
		return
	}
	var known *ending.Error
	if err != nil && !errors.As(err, &known) {
		s.log.Error("a message was not forwarded", "error", err)
	}
}
