// This file owns how an agent's requests find their handler. The agent is the
// one whose token opened the connection; no message can name another.

package server

import (
	"context"

	"github.com/nats-io/nats.go"

	"countersign/session/bank/callout"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
)

// agent takes all requests of agents from one subscription: what an agent sent
// down before it ended a call is forwarded before the call ends.
func (s *services) agent(m *nats.Msg) {
	from := relay.Sender(m.Subject)
	if m.Reply != "" && !ownInbox(m.Reply, from) {
		return
	}
	client, ok := s.clients.Agent(from)
	if !ok {
		s.settle(m, ending.Because(ending.Forged, "not an agent's connection"))
		return
	}
	if relay.OpOf(m.Subject) == relay.OpDown {
		s.down(m, client.AgentID)
		return
	}
	h := s.operation(relay.OpOf(m.Subject), client)
	if h == nil {
		s.settle(m, ending.Because(ending.Unsupported, "no such operation"))
		return
	}
	s.work(s.liveCrew, m, h)
}

func (s *services) operation(op relay.Op, c callout.Client) handler {
	switch op {
	case relay.OpCredential:
		return s.limited(c.AgentID, typed(as(c, s.credential)))
	case relay.OpPrepare:
		return s.limited(c.AgentID, s.active(c, typed(as(c, s.prepare))))
	case relay.OpCreate:
		return s.limited(c.AgentID, s.active(c, typed(as(c, s.create))))
	case relay.OpAdmit:
		return s.active(c, typed(as(c, s.admit)))
	case relay.OpSecure:
		return s.active(c, typed(as(c, s.secure)))
	case relay.OpEnd:
		return typed(as(c, s.end)) // a revoked agent may still end a call
	}
	return nil
}

// asker is an agent on a connection.
type asker struct {
	id   uint64
	nkey string
	key  string // the public key whose token opened the connection
}

// as binds a request to the agent who makes it.
func as[Q, A any](c callout.Client, answer func(ctx context.Context, from asker, q Q) (A, error)) func(context.Context, string, Q) (A, error) {
	return func(ctx context.Context, nkey string, q Q) (A, error) {
		return answer(ctx, asker{id: c.AgentID, nkey: nkey, key: c.Key}, q)
	}
}

// limited counts the request against the agent's limit.
func (s *services) limited(id uint64, h handler) handler {
	return func(ctx context.Context, from string, data []byte) ([]byte, error) {
		if !s.limits.agent(id, s.now()) {
			return nil, ending.Because(ending.Busy, "too many requests of one agent")
		}
		return h(ctx, from, data)
	}
}

// active refuses an agent who was revoked after connecting, or was given a
// ticket for another key.
func (s *services) active(c callout.Client, h handler) handler {
	return func(ctx context.Context, from string, data []byte) ([]byte, error) {
		if err := s.current(ctx, c.AgentID, c.Key); err != nil {
			return nil, err
		}
		return h(ctx, from, data)
	}
}

// current says whether the key that opened this connection is still the agent's.
// Reason: revoked.
func (s *services) current(ctx context.Context, id uint64, key string) error {
	a, err := s.people.Agent(ctx, id)
	switch {
	case err != nil:
		return err
	case a.Revoked:
		return ending.Because(ending.Revoked, "the agent is revoked")
	case string(a.Public) != key:
		return ending.Because(ending.Revoked, "the key of this connection is not the agent's any more")
	}
	return nil
}

// credential signs the agent in for the next hours, or only brings news.
func (s *services) credential(ctx context.Context, from asker, q relay.CredentialRequest) (relay.CredentialAnswer, error) {
	answer := relay.CredentialAnswer{News: s.bank.News(q.BundleVersion, q.BundleHash, q.ContentVersion)}
	if q.RefreshOnly {
		return answer, nil
	}
	if err := s.current(ctx, from.id, from.key); err != nil {
		return answer, err
	}
	var err error
	answer.Credential, err = s.people.Credential(ctx, from.id, q.SecondFactor)
	return answer, err
}
