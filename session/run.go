// This file owns the loop of a call: one goroutine that feeds a machine of
// session/protocol/call with what happens and carries out its effects in order. All of
// a call's keys and buffers belong to that goroutine; slow work (network,
// keyring) runs beside it and comes back as an input.

package session

import (
	"context"
	"errors"
	"sync"
	"time"

	"countersign/session/computer/connection"
	"countersign/session/protocol/call"
	"countersign/session/protocol/channel"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/handshake"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
)

// flushTime bounds how long a finished call waits for its last record to
// arrive, and for the history.
const flushTime = 2 * time.Second

// Call is a running call. Its events end with call.EndedEvent. The channel is
// closed once everything is kept that the call leaves behind. All methods may be
// used from any goroutine and never block.
type Call struct {
	events chan call.Event
	post   func(happening)
}

// Events tells what people should know, in order.
func (c *Call) Events() <-chan call.Event { return c.events }

// Say sends text to the other side; it is possible only once the call is secure.
func (c *Call) Say(text string) { c.post(typed{say: text}) }

// Readback gives the six digits that the agent heard and typed.
func (c *Call) Readback(digits string) { c.post(typed{readback: digits}) }

// Wrong is the customer's "Something is wrong": it reports the call and ends it.
func (c *Call) Wrong() { c.post(call.Wrong{}) }

// End ends the call.
func (c *Call) End() { c.post(call.End{}) }

// happening is anything that the loop takes: an input of the machine, or
// something that must be turned into one on the loop's goroutine.
type happening any

// typed is what a person typed.
type typed struct{ say, readback string }

// pushed is a message of the relay.
type pushed relay.Push

// done is the end of work beside the loop; it runs on the loop's goroutine.
type done func() call.Input

// machine is a call.Agent or call.Customer with its effects.
type machine interface {
	step(call.Input) []call.Effect
	// carryOut runs an effect that is not common to both sides.
	carryOut(call.Effect)
	// receive turns a message of the other side into an input, nil for none.
	receive(relay.Push) call.Input
	// readback turns the digits that a person typed into an input, nil for none.
	readback(digits string) call.Input
	// send carries a body to the other side.
	send(ctx context.Context, kind relay.Kind, body []byte) error
	// readmission returns the work of presenting the ticket, which brings the
	// other side's staple. The work runs beside the loop.
	readmission() func(ctx context.Context) ([]byte, error)
	// peerCredential is the id of the credential whose staple readmit returns.
	peerCredential() ([16]byte, bool)
	// role says whose history and records the call belongs to.
	role() string
	// past is what the history may keep of the ended call; the runner adds the
	// times and whether it was secure. It is asked only once there was an offer.
	past() Past
	// retire tells the relay that the call is over.
	retire(ctx context.Context, r ending.Reason)
	// mayOpen reports whether records are taken by now: at the agent's side once the
	// companion has confirmed, at the companion's once the reveal counts. An earlier
	// one is not acknowledged, and comes again.
	mayOpen() bool
	// forget erases every secret of this side's handshake. It is called last.
	forget()
}

// runner is what both sides' calls have in common.
type runner struct {
	*home
	ctx     context.Context // of the call's work; ends with the loop
	cancel  context.CancelFunc
	asked   <-chan struct{} // closed when the person's context ends
	side    machine
	inbox   *mailbox
	events  chan call.Event
	timers  map[call.Timer]func()
	conn    *connection.Conn
	bank    bank
	core    offer.Core
	oid     offer.ID
	secrets *handshake.Secrets
	channel *channel.Channel
	outbox  call.Outbox
	ticket  []byte
	story   story
	over    bool          // this side has ended: nothing more is taken or said
	closing *call.Finish  // set once the machine has ended
	after   []call.Effect // effects that wait for the flush
	beside  sync.WaitGroup

	stopRetry func() // stops the retransmission timer; nil: nothing was sent yet
}

func newRunner(ctx context.Context, h *home) *runner {
	// The end of the person's context is a wish to end the call, which still
	// has a report to send or an ending to tell.
	asked := ctx.Done()
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	return &runner{
		home: h, ctx: ctx, cancel: cancel, asked: asked, inbox: newMailbox(),
		events: make(chan call.Event, 64), timers: map[call.Timer]func(){},
	}
}

// start runs the loop of side and returns the handle for people.
func (r *runner) start(side machine) *Call {
	r.side, r.story.Began = side, r.clock.Now()
	go r.loop()
	r.inbox.put(call.Begin{})
	return &Call{events: r.events, post: r.inbox.put}
}

// loop lives until the machine has ended and its last effects are carried out.
// The context's end is the person's wish to end, and comes once.
func (r *runner) loop() {
	defer r.stop()
	ended := r.asked
	for {
		select {
		case <-ended:
			ended = nil
			r.handle(call.End{})
		case <-r.inbox.ready:
			for _, h := range r.inbox.take() {
				r.handle(h)
			}
		}
		if r.closing != nil && r.finished() {
			return
		}
	}
}

func (r *runner) handle(h happening) {
	switch h := h.(type) {
	case call.Input:
		r.step(h)
	case done:
		if in := h(); in != nil {
			r.step(in)
		}
	case typed:
		r.typed(h)
	case pushed:
		r.push(relay.Push(h))
	}
}

func (r *runner) typed(t typed) {
	if t.readback != "" {
		if in := r.side.readback(t.readback); in != nil {
			r.step(in)
		}
		return
	}
	if channel.CheckText([]byte(t.say)) != nil {
		r.tell(call.AlertEvent{Key: call.AlertMessage})
		return
	}
	if r.over {
		r.outbox.Unsent()
		return
	}
	r.step(call.Say{Text: t.say})
}

// step feeds the machine. Effects behind a Finish wait until it is done.
func (r *runner) step(in call.Input) {
	for _, effect := range r.side.step(in) {
		if r.closing != nil {
			r.after = append(r.after, effect)
			continue
		}
		r.carryOut(effect)
	}
}

func (r *runner) carryOut(effect call.Effect) {
	switch e := effect.(type) {
	case call.Tell:
		r.tell(e.Event)
	case call.Arm:
		r.arm(e.Timer, e.After)
	case call.Disarm:
		r.disarm(e.Timer)
	case call.SendText:
		r.seal(channel.Text, []byte(e.Text))
	case call.SendPing:
		r.ping()
	case call.SendEnd:
		r.seal(channel.Ended, channel.EncodeEnded(e.Reason, r.countsAtEnd()))
		r.takeNoMore()
	case call.Readmit:
		r.readmit()
	case call.Finish:
		r.takeNoMore()
		r.closing = &e
		r.after = nil
		for timer := range r.timers {
			r.disarm(timer)
		}
		r.keepPast()
		r.timers[call.TimerLost] = r.clock.AfterFunc(flushTime, func() { r.inbox.put(done(r.giveUpWaiting)) })
	default:
		r.side.carryOut(effect)
	}
}

// takeNoMore: what arrives after this side's ending is shown to nobody, so it is
// not acknowledged, and what is typed here is not sent.
func (r *runner) takeNoMore() {
	r.over = true
	if r.channel != nil {
		r.channel.Close()
	}
}

func (r *runner) tell(e call.Event) {
	if ended, last := e.(call.EndedEvent); last {
		ended.Texts = r.outbox.Undelivered()
		e = ended
	}
	r.story.Course = r.story.After(e, r.clock.Now())
	r.events <- e
}

func (r *runner) arm(t call.Timer, after time.Duration) {
	r.disarm(t)
	r.timers[t] = r.clock.AfterFunc(after, func() { r.inbox.put(call.Fired{Timer: t}) })
}

func (r *runner) disarm(t call.Timer) {
	if stop := r.timers[t]; stop != nil {
		stop()
		delete(r.timers, t)
	}
}

// giveUpWaiting drops what could not be delivered in time, which the ending tells,
// and leaves the history to be written after it.
func (r *runner) giveUpWaiting() call.Input {
	r.outbox.Drop()
	return r.endingMayBeTold()
}

// finished reports whether the last record has arrived and the call is kept
// (or nobody waits any more), and if so retires the call and tells the ending.
func (r *runner) finished() bool {
	if r.outbox.Waiting() || r.story.waiting {
		return false
	}
	if r.closing.Retire != "" && r.conn != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), flushTime)
		r.side.retire(ctx, r.closing.Retire)
		cancel()
	}
	for _, effect := range r.after {
		r.carryOut(effect)
	}
	return true
}

func (r *runner) stop() {
	r.cancel()
	r.beside.Wait()
	for _, h := range r.inbox.take() {
		if h, ok := h.(done); ok {
			h() // what it opened meanwhile is closed again: the call has ended
		}
	}
	r.inbox.close()
	for timer := range r.timers {
		r.disarm(timer)
	}
	if r.stopRetry != nil {
		r.stopRetry()
	}
	if r.conn != nil {
		r.conn.Close()
	}
	r.side.forget()
	if r.secrets != nil {
		r.secrets.Erase()
	}
	r.channel = nil // its keys go with it
	r.story.keeping.Wait()
	close(r.events)
}

// broken reports whether a request failed for want of a connection: the other side
// has said nothing, and the same request may be made again.
func broken(err error) bool { return err != nil && connectionReason(ending.Of(err, ending.LineLost)) }

func connectionReason(r ending.Reason) bool { return r == ending.LineLost || r == ending.ServerDown }

// aside runs work beside the loop; what it returns runs on the loop's goroutine.
func (r *runner) aside(work func(ctx context.Context) done) {
	r.beside.Go(func() { r.inbox.put(work(r.ctx)) })
}

// dial opens the call's connection: what happens on it comes to the loop. Reasons:
// server_down, wrong_server_key.
func (r *runner) dial(ctx context.Context, o connection.Options, relays []trust.Relay) (*connection.Conn, error) {
	o.OnPush = func(p relay.Push) { r.inbox.put(pushed(p)) }
	o.OnState = func(up bool) {
		if up {
			r.inbox.put(call.ConnectionUp{})
		} else {
			r.inbox.put(call.ConnectionDown{})
		}
	}
	o.OnFailed = func(err error) {
		r.inbox.put(call.ConnectionFailed{Reason: ending.Of(err, ending.LineLost)})
	}
	return r.home.dial(ctx, o, relays)
}

// push sorts a message of the relay.
func (r *runner) push(p relay.Push) {
	if r.conn == nil || !r.concerns(p) {
		return // too early, or another offer's
	}
	switch p.Kind {
	case relay.KindRecord:
		r.open(p.Body)
	case relay.KindAck:
		if next := r.outbox.Acknowledged(p.Body); next != nil {
			r.transmit(next)
		}
	case relay.KindTicket:
		r.ticket = p.Body
	case relay.KindNotice:
		r.step(call.Notice{Reason: ending.Reason(p.Body)})
	case relay.KindAlert:
		r.step(call.Warned{Reason: ending.Reason(p.Body)})
	default:
		if in := r.side.receive(p); in != nil {
			r.step(in)
		}
	}
}

// concerns reports whether a message is about this call's offer.
func (r *runner) concerns(p relay.Push) bool { return p.OID == r.oid }

// ready makes the channel from a finished handshake.
func (r *runner) ready(s *handshake.Secrets, own channel.Side) error {
	ch, err := channel.New(s, r.core.CallID, 0, own)
	if err != nil {
		return err
	}
	r.secrets, r.channel = s, ch
	return nil
}

// seal puts a record on its way: at once, or behind those not yet acknowledged.
func (r *runner) seal(t channel.Type, plain []byte) {
	if r.channel == nil {
		return
	}
	record, seq, err := r.channel.Seal(t, plain)
	add, fail := r.outbox.Add, func() {}
	if t == channel.Text {
		add, fail = r.outbox.AddText, r.outbox.Unsent
	}
	if err != nil {
		r.log.Error("a record cannot be sealed", "error", err)
		r.inbox.put(call.RecordBroken{Reason: ending.LineLost})
		fail()
		return
	}
	if next := add(seq, record); next != nil {
		r.transmit(next)
	}
}

// ping keeps at most one sign of life waiting: a queue of them would tell
// nothing more once the connection is back.
func (r *runner) ping() {
	if !r.outbox.Waiting() {
		r.seal(channel.Ping, nil)
	}
}

// countsAtEnd is how many records this side has sent before the ending, and how
// many it has received.
func (r *runner) countsAtEnd() channel.Counts {
	if r.channel == nil {
		return channel.Counts{}
	}
	return channel.Counts{Sent: r.channel.Sent(), Received: r.channel.Received()}
}

// transmit sends a record and sends it again until it is acknowledged.
func (r *runner) transmit(record []byte) {
	if r.stopRetry != nil {
		r.stopRetry()
	}
	if r.deliver(relay.KindRecord, record) {
		r.outbox.Left()
	}
	r.stopRetry = r.clock.AfterFunc(call.RetransmitAfter, func() {
		r.inbox.put(done(func() call.Input {
			if again := r.outbox.InFlight(); again != nil {
				r.transmit(again)
			}
			return nil
		}))
	})
}

// deliver sends without waiting, and reports whether the connection took it. A failure
// needs no answer here: what matters is sent again, and a connection that stays down
// ends the call by itself.
func (r *runner) deliver(kind relay.Kind, body []byte) bool {
	if r.conn == nil {
		return false
	}
	if err := r.side.send(r.ctx, kind, body); err != nil {
		r.log.Debug("not sent", "kind", kind, "error", err)
		return false
	}
	return true
}

// open opens a record of the other side. Whatever is not the very next record
// is either one that was acknowledged before, or the end of the call.
func (r *runner) open(record []byte) {
	if r.channel == nil || !r.side.mayOpen() {
		return
	}
	t, plain, err := r.channel.Open(record)
	switch {
	case errors.Is(err, channel.ErrOld):
		r.acknowledge()
		return
	case errors.Is(err, channel.ErrClosed):
		return
	case errors.Is(err, channel.ErrGap):
		r.step(call.RecordBroken{Reason: ending.LineLost})
		return
	case err != nil:
		r.step(call.RecordBroken{Reason: ending.Forged})
		return
	}
	r.acknowledge()
	r.step(r.recordInput(t, plain))
}

func (r *runner) acknowledge() { r.deliver(relay.KindAck, call.EncodeAck(r.channel.Received())) }

func (r *runner) recordInput(t channel.Type, plain []byte) call.Input {
	switch t {
	case channel.Text:
		if channel.CheckText(plain) != nil {
			return call.RecordBroken{Reason: ending.Forged}
		}
		return call.TextArrived{Text: string(plain)}
	case channel.SASOK:
		return call.SASOKArrived{}
	case channel.Ended:
		reason, counts, err := channel.DecodeEnded(plain)
		if err != nil {
			return call.RecordBroken{Reason: ending.Forged}
		}
		if counts.Received <= r.channel.Sent() {
			r.outbox.Took(counts.Received)
		}
		return call.EndArrived{Reason: reason, Complete: r.channel.Agrees(counts)}
	case channel.Ping:
		return call.Heard{}
	}
	return call.RecordBroken{Reason: ending.Forged}
}

// readmit presents the ticket beside the loop, then sends again what waits.
func (r *runner) readmit() {
	if r.ticket == nil || r.conn == nil {
		return
	}
	credential, known := r.side.peerCredential()
	present := r.side.readmission()
	r.aside(func(ctx context.Context) done {
		ctx, cancel := r.request(ctx)
		defer cancel()
		staple, err := present(ctx)
		return func() call.Input {
			if record := r.outbox.InFlight(); record != nil {
				r.transmit(record)
			}
			switch reason := ending.Of(err, ""); {
			case reason == ending.Revoked || reason == ending.UnknownBank:
				return call.Refreshed{Reason: reason}
			case err != nil:
				return nil
			case !known:
				return call.Refreshed{} // a guest has no credential
			}
			return call.Refreshed{Reason: verdict.Staple(r.bank.bundle, staple, credential, r.clock.Now())}
		}
	})
}
