// This file owns how an agent's requests find their handler. The agent is the
// one whose token opened the connection; no message can name another.

package server

import (
	"context"

	"github.com/nats-io/nats.go"

	"countersign/session/ending"
	"countersign/session/relay"
)

// agent takes all requests of agents from one subscription: what an agent sent
// down before it ended a call is forwarded before the call ends.
func (s *services) agent(m *nats.Msg) {
	from := relay.Sender(m.Subject)
	if m.Reply != "" && !ownInbox(m.Reply, from) {
		return
	}
	id, ok := s.clients.Agent(from)
	if !ok {
		s.settle(m, ending.Because(ending.Forged, "not an agent's connection"))
		return
	}
	if relay.OpOf(m.Subject) == relay.OpDown {
		s.down(m, id)
		return
	}
	h := s.operation(relay.OpOf(m.Subject), id)
	if h == nil {
		s.settle(m, ending.Because(ending.Unsupported, "no such operation"))
		return
	}
	s.work(s.liveCrew, m, h)
}

func (s *services) operation(op relay.Op, id uint64) handler {
	switch op {
	case relay.OpCredential:
		return s.limited(id, typed(as(id, s.credential)))
	case relay.OpPrepare:
		return s.limited(id, s.active(id, typed(as(id, s.prepare))))
	case relay.OpCreate:
		return s.limited(id, s.active(id, typed(as(id, s.create))))
	case relay.OpAdmit:
		return s.active(id, typed(as(id, s.admit)))
	case relay.OpSecure:
		return s.active(id, typed(as(id, s.secure)))
	case relay.OpEnd:
		return typed(as(id, s.end)) // a revoked agent may still end a call
	}
	return nil
}

// asker is an agent on a connection.
type asker struct {
	id   uint64
	nkey string
}

// as binds a request to the agent who makes it.
func as[Q, A any](id uint64, answer func(ctx context.Context, from asker, q Q) (A, error)) func(context.Context, string, Q) (A, error) {
	return func(ctx context.Context, nkey string, q Q) (A, error) {
		return answer(ctx, asker{id: id, nkey: nkey}, q)
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

// active refuses an agent who was revoked after connecting.
func (s *services) active(id uint64, h handler) handler {
	return func(ctx context.Context, from string, data []byte) ([]byte, error) {
		a, err := s.people.Agent(ctx, id)
		if err != nil {
			return nil, err
		}
		if a.Revoked {
			return nil, ending.Because(ending.Revoked, "the agent is revoked")
		}
		return h(ctx, from, data)
	}
}

// credential signs the agent in for the next hours, or only brings news.
func (s *services) credential(ctx context.Context, from asker, q relay.CredentialRequest) (relay.CredentialAnswer, error) {
	answer := relay.CredentialAnswer{News: s.bank.News(q.BundleVersion, q.BundleHash, q.ContentVersion)}
	if q.RefreshOnly {
		return answer, nil
	}
	var err error
	answer.Credential, err = s.people.Credential(ctx, from.id, q.SecondFactor)
	return answer, err
}
