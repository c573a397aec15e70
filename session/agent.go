// This file owns the Agent: enrolment, and calls as the bank's side runs them.
// The story of an offer is agentCall.prepare and create, then the machine in
// protocol/call/agent.go. Signing in is signin.go's, the hours between calls shift.go's.

package session

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"time"

	"countersign/session/protocol/call"
	"countersign/session/protocol/channel"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/handshake"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/spelling"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
)

// Agent is a bank agent's program.
type Agent struct{ *home }

// OpenAgent opens the agent's state directory. Reasons: no_keyring, keyring_locked.
func OpenAgent(ctx context.Context, o Options) (*Agent, error) {
	h, err := openHome(ctx, o)
	if err != nil {
		return nil, err
	}
	return &Agent{h}, nil
}

// AgentBank is the bank an agent enrolled with.
type AgentBank struct {
	Bank
	Authenticator string // otpauth:// address, where the bank asks for a second factor
}

// Enrol redeems an agent's ticket. Reasons as for Customer.Enrol.
func (a *Agent) Enrol(ctx context.Context, e Enrolment) (AgentBank, error) {
	got, err := a.enrol(ctx, e, roleAgent)
	if err != nil {
		return AgentBank{}, err
	}
	return AgentBank{got.bank.info(a.clock.Now()), got.totp}, nil
}

// Bank is the bank that this agent is enrolled with, without asking the
// network. Reasons: unknown_bank (not enrolled), forged, no_keyring,
// keyring_locked.
func (a *Agent) Bank(ctx context.Context) (Bank, error) {
	banks, _, err := a.banks(ctx, roleAgent)
	if err != nil {
		return Bank{}, err
	}
	b, err := choose(banks, [16]byte{})
	if err != nil {
		return Bank{}, err
	}
	return b.info(a.clock.Now()), nil
}

// Offering is what an agent offers.
type Offering struct {
	Direction    offer.Direction
	Customer     string // the bank's reference of the customer
	Purpose      trust.Purpose
	Line         string // E.164; "": the first number on file, or the bank's only line
	SecondFactor string // asked for where the bank wants one and the credential has run out
}

// Call starts a protected call. It returns at once; everything that happens,
// failures too, comes as events.
func (a *Agent) Call(ctx context.Context, o Offering) *Call {
	r := newRunner(ctx, a.home)
	return r.start(&agentCall{runner: r, wanted: o})
}

// agentCall is one call as the agent's program runs it.
type agentCall struct {
	*runner
	state      call.Agent
	wanted     Offering
	key        *ecdsa.PrivateKey
	credential *trust.Credential
	signed     []byte // the credential as signed
	prepared   relay.Prepared
	placed     relay.CreateRequest
	keys       *handshake.OfferKeys
	opened     *handshake.Opened // the accepted reply
	device     *trust.Device     // nil for a guest
	companion  string
	envelope   []byte // the accepted reply as received
	reveal     []byte // its answer, the same bytes every time
	early      string // a read-back typed before the confirmation arrived
}

func (a *agentCall) step(in call.Input) []call.Effect {
	next, effects := a.state.Step(in)
	a.state = next
	return effects
}

func (a *agentCall) carryOut(effect call.Effect) {
	switch e := effect.(type) {
	case call.Prepare:
		a.aside(a.prepare)
	case call.Create:
		a.create()
	case call.Recreate:
		a.place()
	case call.ShowFrame:
		a.showFrame()
	case call.Admit:
		a.admit()
	case call.Reveal:
		a.sendReveal()
	case call.Refuse:
		a.refuse(e)
	case call.TellAuthority:
		a.tellAuthority()
	case call.SendSASOK:
		a.seal(channel.SASOK, nil)
		a.forgetOffer()
	}
}

// forgetOffer erases what could open replies. It is kept until the call is
// secure, because until then a second good reply must be noticed.
func (a *agentCall) forgetOffer() {
	if a.keys != nil {
		a.keys.Erase()
		a.keys = nil
	}
}

// prepare signs in, brings the bundle up to date and asks the authority about
// the customer and the line.
func (a *agentCall) prepare(ctx context.Context) done {
	in := signIn{home: a.home, open: a.dial, secondFactor: a.wanted.SecondFactor}
	s, err := in.run(ctx)
	var prepared relay.Prepared
	if err == nil {
		prepared, err = in.prepare(ctx, s, a.wanted)
	}
	return func() call.Input {
		if a.closing != nil {
			s.close()
			return nil
		}
		a.conn, a.bank, a.key, a.credential, a.signed, a.prepared = s.conn, s.bank, s.key, s.credential, s.signed, prepared
		if err != nil {
			return call.PrepareFailed{Reason: ending.Of(err, ending.LineLost)}
		}
		return call.Prepared{}
	}
}

// create makes a fresh offer: new call id, new keys, new code.
func (a *agentCall) create() {
	a.forgetOffer() // of the code that was taken, if there was one
	id := offer.NewCallID()
	keys, err := handshake.NewOfferKeys(a.bank.bundle.BankID, id)
	if err != nil {
		a.inbox.put(call.CreateFailed{Reason: ending.Unsupported})
		return
	}
	now, public := a.clock.Now(), keys.Public()
	ref := offer.RefHash(id, a.prepared.Pseudonym)
	a.core = offer.Core{
		Credential: a.credential.Hash(), CallID: id,
		Start:     now.Unix(),
		Direction: a.wanted.Direction, Purpose: a.wanted.Purpose, Line: a.prepared.Line, Ref: ref[:],
		Suite: trust.Suite1, Keys: public.Hash(),
	}
	a.oid, a.keys = a.core.ID(), keys
	signed, err := a.core.Sign(a.key)
	if err != nil {
		a.inbox.put(call.CreateFailed{Reason: ending.Forged})
		return
	}
	a.placed = relay.CreateRequest{
		Code: offer.Code(a.oid), Core: signed, Credential: a.signed, PKA: public.PKA, CA: public.CA,
		Pseudonym: a.prepared.Pseudonym[:], Number: a.wanted.Line,
	}
	a.place()
}

// place sends the offer to the relay.
func (a *agentCall) place() {
	conn, request, expiry := a.conn, a.placed, time.Unix(a.core.Expiry(), 0)
	a.aside(func(ctx context.Context) done {
		ctx, cancel := a.request(ctx)
		defer cancel()
		err := conn.Create(ctx, request)
		return func() call.Input {
			if err != nil {
				return a.createFailed(ending.Of(err, ending.LineLost))
			}
			return call.Created{Code: request.Code, Remain: expiry.Sub(a.clock.Now())}
		}
	})
}

// createFailed: while an offer is open a broken connection is not an answer, because
// the machine's patience already counts.
func (a *agentCall) createFailed(reason ending.Reason) call.Input {
	if a.state.Phase == call.Open && connectionReason(reason) {
		return nil
	}
	return call.CreateFailed{Reason: reason}
}

func (a *agentCall) showFrame() {
	text, err := offer.NewFrame(a.core, a.clock.Now(), a.key, a.signed)
	if err != nil {
		a.log.Error("a QR frame cannot be made", "error", err)
		return
	}
	a.tell(call.QRShown{Text: text})
}

func (a *agentCall) receive(p relay.Push) call.Input {
	switch p.Kind {
	case relay.KindReply, relay.KindDecline:
		return a.answered(p)
	case relay.KindConfirm:
		return a.confirmed(p)
	}
	return nil
}

// confirmed lets a read-back count that was typed while the confirmation was
// still on its way: the customer's screen is a moment ahead of the agent's.
func (a *agentCall) confirmed(p relay.Push) call.Input {
	if a.secrets == nil || p.From != a.companion || a.secrets.CheckConfirm(p.Body) != nil {
		return nil
	}
	if a.early != "" {
		a.inbox.put(typed{readback: a.early})
		a.early = ""
	}
	return call.ConfirmArrived{}
}

// answered opens a reply or a decline and checks it against the offer. The
// keys of an offer open any number of replies until one is accepted.
func (a *agentCall) answered(p relay.Push) call.Input {
	if p.From == a.companion && bytes.Equal(p.Body, a.envelope) {
		return call.Replied{Companion: p.From, Again: true}
	}
	if a.keys == nil {
		return nil
	}
	opened, err := a.keys.Open(a.core, p.Body)
	switch {
	case opened == nil:
		// Without the right key agreement there is no key to refuse under.
		a.log.Info("a reply does not open", "reason", ending.Of(err, ending.Forged))
		return nil
	case err != nil:
		a.turnDown(p.From, opened, ending.Of(err, ending.Forged))
		return nil
	}
	device, reason := a.check(opened)
	if opened.Declined != "" {
		opened.Erase()
		if reason != "" || !a.mayDecline(p.From, opened.Guest) {
			return nil
		}
		return call.DeclineArrived{Reason: opened.Declined}
	}
	if reason != "" || a.state.Phase != call.Open {
		a.turnDown(p.From, opened, reason)
		if opened.Guest && reason == "" {
			return nil // unsigned: the first wins, and a stranger's cannot end the call
		}
		return call.Replied{Companion: p.From, Reason: reason}
	}
	a.opened, a.device, a.companion, a.envelope = opened, device, p.From, p.Body
	return call.Replied{Companion: p.From}
}

// mayDecline: a device may decline until another is accepted. An unsigned
// decline proves nothing but the connection, so it counts only from the guest
// who was accepted.
func (a *agentCall) mayDecline(from string, guest bool) bool {
	if guest {
		return a.companion == from
	}
	return a.companion == "" || a.companion == from
}

// check verifies the device's signature and the answers. Reason "" is good.
func (a *agentCall) check(o *handshake.Opened) (*trust.Device, ending.Reason) {
	if o.Guest && a.prepared.Enrolled {
		// Anybody who heard the code can send unsigned bytes: where the customer
		// has a device, they count for nothing.
		return nil, ending.Guest
	}
	in := verdict.ReplyInput{
		Now: a.clock.Now(), Bundle: a.bank.bundle, Core: a.core, Guest: o.Guest, Declined: o.Declined != "", Device: o.Device,
		Answers: o.Reply.Answers, Entry: o.Reply.Entry, FrameTime: o.Reply.FrameTime, Suite: o.Reply.Suite,
	}
	device, reason := verdict.CheckReply(in)
	if reason != "" || o.Guest {
		return nil, reason
	}
	if o.VerifyDevice(device.Key()) != nil {
		return nil, ending.Forged
	}
	return device, ""
}

// turnDown answers a reply that is not accepted, under that reply's own keys.
func (a *agentCall) turnDown(to string, o *handshake.Opened, reason ending.Reason) {
	if reason == "" {
		reason = ending.Replayed
	}
	defer o.Erase()
	body, err := o.Refuse(reason)
	if err != nil {
		a.log.Error("a refusal cannot be made", "error", err)
		return
	}
	a.down(to, relay.KindRefuse, body)
}

// refuse carries out the machine's refusal of the accepted reply. Other
// replies were turned down as they were opened, while their keys were at hand.
func (a *agentCall) refuse(e call.Refuse) {
	if a.opened == nil || a.reveal != nil || e.Companion != a.companion {
		return
	}
	a.turnDown(a.companion, a.opened, e.Reason)
	a.opened, a.device, a.companion, a.envelope = nil, nil, "", nil
}

// admit redeems the offer; the answer brings the device's staple.
func (a *agentCall) admit() {
	conn, request := a.conn, relay.AdmitRequest{OID: a.oid, Companion: a.companion}
	if a.device != nil {
		request.Device = a.device.ID[:]
	}
	a.aside(func(ctx context.Context) done {
		ctx, cancel := a.request(ctx)
		defer cancel()
		answer, err := conn.Admit(ctx, request)
		return func() call.Input {
			if broken(err) {
				return nil // asked again when the connection is back; patience bounds the wait
			}
			if err != nil {
				return call.AdmitFailed{Reason: ending.Of(err, ending.LineLost)}
			}
			a.ticket = answer.Ticket
			if a.device == nil {
				return call.Admitted{}
			}
			return call.Admitted{Enrolled: true, Reason: verdict.Staple(a.bank.bundle, answer.Staple, a.device.ID, a.clock.Now())}
		}
	})
}

// sendReveal opens the commitment once; the same bytes go out every time.
func (a *agentCall) sendReveal() {
	if a.reveal == nil {
		body, secrets, err := a.opened.Reveal()
		if err == nil {
			err = a.ready(secrets, channel.FromAgent)
		}
		if err != nil {
			a.log.Error("the reveal cannot be made", "error", err)
			a.inbox.put(call.AdmitFailed{Reason: ending.Forged})
			return
		}
		a.reveal = body
	}
	a.deliver(relay.KindReveal, a.reveal)
}

// readbackDigits is the length of a read-back (CP1, section 6.6).
const readbackDigits = 6

// readback compares what the agent typed with what only this call's device can
// show. The digits themselves never reach a screen on this side.
func (a *agentCall) readback(digits string) call.Input {
	digits, ok := spelling.Digits(digits, readbackDigits)
	switch {
	case !ok:
		a.tell(call.AlertEvent{Key: call.AlertReadback})
		return nil
	case a.state.Phase == call.Revealed:
		a.early = digits
		return nil
	case a.state.Phase != call.ReadBack:
		a.tell(call.AlertEvent{Key: call.AlertNotYet})
		return nil
	}
	return call.ReadbackTyped{Right: a.secrets.CheckReadback(0, digits)}
}

func (a *agentCall) tellAuthority() {
	conn, oid := a.conn, a.oid
	a.aside(func(ctx context.Context) done {
		ctx, cancel := a.request(ctx)
		defer cancel()
		answer, err := conn.Secure(ctx, relay.SecureRequest{OID: oid})
		return func() call.Input {
			if broken(err) {
				return nil // likewise
			}
			if err != nil {
				return call.AuthorityRefused{Reason: ending.Of(err, ending.LineLost)}
			}
			a.ticket = answer.Ticket
			return call.AuthorityTold{}
		}
	})
}

// mayOpen: there are keys from the reveal on.
func (a *agentCall) mayOpen() bool { return a.state.Phase != call.Revealed }

func (a *agentCall) send(ctx context.Context, kind relay.Kind, body []byte) error {
	return a.conn.SendDown(ctx, relay.Down{OID: a.oid, Companion: a.companion, Kind: kind, Body: body})
}

func (a *agentCall) down(to string, kind relay.Kind, body []byte) {
	if err := a.conn.SendDown(a.ctx, relay.Down{OID: a.oid, Companion: to, Kind: kind, Body: body}); err != nil {
		a.log.Debug("not sent", "kind", kind, "error", err)
	}
}

func (a *agentCall) readmission() func(context.Context) ([]byte, error) {
	conn, request := a.conn, relay.AdmitRequest{OID: a.oid, Companion: a.companion, Ticket: a.ticket}
	return func(ctx context.Context) ([]byte, error) {
		answer, err := conn.Admit(ctx, request)
		return answer.Staple, err
	}
}

func (a *agentCall) peerCredential() ([16]byte, bool) {
	if a.device == nil {
		return [16]byte{}, false
	}
	return a.device.ID, true
}

func (a *agentCall) role() string { return roleAgent }

// past is what the history keeps of the call: the reference that the agent
// chose, and nothing of the number that was dialled.
func (a *agentCall) past() Past {
	return Past{
		Bank: a.bank.pin.Name, Domain: a.bank.pin.Domain, Name: a.credential.Name, Department: a.credential.Department,
		Purpose: a.wanted.Purpose, Direction: a.wanted.Direction, Customer: a.wanted.Customer,
		Guest: a.companion != "" && a.device == nil, Reason: a.state.Ending,
	}
}

func (a *agentCall) forget() {
	a.forgetOffer()
	if a.opened != nil {
		a.opened.Erase()
	}
	a.key = nil
}

func (a *agentCall) retire(ctx context.Context, reason ending.Reason) {
	a.forgetOffer()
	if err := a.conn.End(ctx, relay.EndRequest{OID: a.oid, Reason: reason}); err != nil {
		a.log.Debug("the relay was not told of the end", "error", err)
	}
}
