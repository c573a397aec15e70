// This file owns the flow: what a press leads to, which call of session it
// makes beside the main goroutine, and what becomes of the answer. Everything
// here runs on the main goroutine except what beside and follow start.

package agent

import (
	"context"
	"errors"
	"time"

	"countersign/session"
	"countersign/session/computer/screenpop"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/ui/advice"
	"countersign/ui/shell"
)

const (
	// lookDelay is how long the form must rest before the bank is asked about
	// its customer: each question counts against the agent's limit.
	lookDelay = 600 * time.Millisecond
	// stopPatience bounds how long closing the window waits for a call's ending
	// to be told to the other side.
	stopPatience = 3 * time.Second
	// rest is how long the buttons of a screen that comes by itself do nothing:
	// a key that was meant for the screen before must not press them.
	rest = time.Second
)

// Options are what the side needs.
type Options struct {
	Self Self // the agent's program
}

// Side is the agent's side of a window.
type Side struct {
	self    Self
	stage   shell.Stage
	ctx     context.Context // of everything that runs beside; ends with the window
	end     context.CancelFunc
	state   State
	kind    Kind // of the view that is shown
	view    view
	talk    Talk          // the call under way, nil for none
	over    chan struct{} // closed when its last event was told
	work    turn          // what a page waits for
	look    turn          // the question about the form's customer
	waiting func()        // stops the rest before that question
	ticking func()        // stops the countdown's next second
	shift   func()        // stops the watch over the shift's end
	arrived time.Time     // when this kind of screen came
	filled  time.Time     // when a call-centre program last filled in the form
}

// New makes the agent's side. It shows nothing before Start.
func New(o Options) *Side {
	ctx, end := context.WithCancel(context.Background())
	return &Side{self: o.Self, ctx: ctx, end: end, waiting: func() {}, ticking: func() {}, shift: func() {}}
}

// Start implements shell.Side.
func (s *Side) Start(stage shell.Stage) {
	s.stage = stage
	s.open()
}

// Stop implements shell.Side: it ends a call under way and gives its ending a
// moment to reach the other side.
func (s *Side) Stop() {
	s.waiting()
	s.ticking()
	s.shift()
	s.end()
	if s.over == nil {
		return
	}
	patience := time.NewTimer(stopPatience)
	defer patience.Stop()
	select {
	case <-s.over:
	case <-patience.C:
	}
}

// Redraw implements shell.Side.
func (s *Side) Redraw() {
	if s.stage == nil {
		return
	}
	s.keepTyped()
	s.view = nil
	s.show()
}

// turn counts pieces of work, so that what comes back late is known as late.
type turn struct {
	number int
	cancel context.CancelFunc
}

// leave makes whatever is under way late.
func (t *turn) leave() {
	t.number++
	if t.cancel != nil {
		t.cancel()
	}
}

// beside runs work beside the main goroutine and its consequence on it, unless
// the turn has passed on meanwhile.
func beside[T any](s *Side, t *turn, work func(context.Context) (T, error), then func(T, error)) {
	t.leave()
	ctx, cancel := context.WithCancel(s.ctx)
	t.cancel = cancel
	mine := t.number
	go func() {
		got, err := work(ctx)
		cancel()
		s.stage.Do(func() {
			if mine == t.number && s.ctx.Err() == nil {
				then(got, err)
			}
		})
	}()
}

// takeWaiting fills in the form that a call-centre program has ready, unless
// the agent is filling one in: that one is never overwritten without a press.
func (s *Side) takeWaiting() {
	if !s.state.Form.taken() {
		s.useWaiting()
	}
}

// useWaiting fills in the form that waits, whatever the form holds.
func (s *Side) useWaiting() {
	if s.state.Waiting == nil {
		return
	}
	s.filled = s.stage.Now()
	form := fromProgram(*s.state.Waiting)
	s.state.Waiting = nil
	s.fill(form)
}

// Fill takes what a call-centre program asks for. It only fills in the form:
// nothing starts without a press. During a call, before signing in, and while
// the agent fills in a form, it waits. It belongs to the main goroutine.
func (s *Side) Fill(r screenpop.Request) {
	s.state.Waiting = &r
	if s.stage == nil {
		return
	}
	switch s.state.Place {
	case KindHistory:
		s.home()
	case KindForm:
		s.takeWaiting()
		s.show()
	default:
		s.show()
	}
}

// fill puts a whole form on the screen.
func (s *Side) fill(f Form) {
	s.state.Form, s.state.Problem, s.state.Unfinished = f.allowed(s.state.Shift), "", false
	s.view = nil
	s.show()
	s.ask()
}

// edit takes a form that the agent has changed.
func (s *Side) edit(f Form) {
	if f.Direction != s.state.Form.Direction {
		f.Line = ""
	}
	f.Typed = true
	s.state.Form, s.state.Problem = f, ""
	s.state.Unfinished = s.state.Unfinished && len(f.missing(s.state.Shift)) > 0
	s.ask()
	s.show()
}

// ask asks the bank about the form's customer once the form rests.
func (s *Side) ask() {
	f := s.state.Form
	switch {
	case !f.asksAuthority(s.state.Shift):
		s.waiting()
		s.look.leave()
		s.state.Found = Found{}
		return
	case s.state.Found.For == (Form{}), !s.state.Found.For.sameCustomer(f, s.state.Shift):
	default:
		return // asked, or answered
	}
	s.waiting()
	s.look.leave()
	s.state.Found = Found{For: f, Asked: true}
	s.waiting = s.stage.After(lookDelay, func() {
		beside(s, &s.look, func(ctx context.Context) (session.Preview, error) {
			return s.self.Preview(ctx, f.offering(s.state.Shift))
		}, func(p session.Preview, err error) { s.found(f, p, err) })
	})
}

// found takes the bank's answer. It may come when the call has begun already.
func (s *Side) found(f Form, p session.Preview, err error) {
	if errors.Is(err, session.ErrSignedOut) && s.state.Place == KindForm {
		s.signInAgain()
		return
	}
	s.state.Found = Found{For: f, Known: err == nil, Preview: p}
	if err != nil {
		s.state.Found.Reason = ending.Of(err, ending.LineLost)
	}
	if s.state.inCall() && s.state.Call.Line == "" {
		s.state.Call.Line = s.state.Found.line(s.state.Call.Form, s.state.Shift)
	}
	s.show()
}

// showCode is the agent's press. A form that has just been filled in by a
// program is read first: a key that was meant for the form before must not
// start the call that somebody else describes.
func (s *Side) showCode() {
	if s.stage.Now().Sub(s.filled) >= rest {
		s.start()
	}
}

// start begins the call that the form describes, or names what is missing.
func (s *Side) start() {
	if s.signingOut() {
		return
	}
	if over, _ := s.state.shiftEnds(s.stage.Now()); over {
		s.signInAgain()
		return
	}
	if len(s.state.Form.missing(s.state.Shift)) > 0 {
		s.state.Unfinished = true
		s.show()
		s.view.(*formView).focusMissing(s.state)
		return
	}
	s.begin(s.state.Form)
}

// begin makes an offer. What happens comes as events.
func (s *Side) begin(f Form) {
	s.work.leave()
	now := s.stage.Now()
	s.state.Place, s.state.Problem, s.state.Told, s.state.Leave = KindLive, "", "", false
	s.state.Call = Call{Form: f, Began: now, Line: s.state.Found.line(f, s.state.Shift)}
	s.talk = s.self.Call(s.ctx, f.offering(s.state.Shift))
	s.over = make(chan struct{})
	s.follow(s.talk, s.over)
	s.show()
}

// follow brings a call's events to the main goroutine, in order.
func (s *Side) follow(t Talk, over chan struct{}) {
	go func() {
		defer close(over)
		for e := range t.Events() {
			s.stage.Do(func() {
				if s.talk == t && s.ctx.Err() == nil {
					s.happened(e)
				}
			})
		}
	}()
}

func (s *Side) happened(e call.Event) {
	renewing := s.state.Call.Renewing
	s.state = s.state.After(e, s.stage.Now())
	if ended, is := e.(call.EndedEvent); is {
		s.talk = nil
		if renewing && replaceable(ended.Reason) {
			s.begin(s.state.Call.Form)
			return
		}
	}
	s.show()
}

// replaceable reports whether a call that was ended for a new code may have
// one: not when it ended meanwhile for a reason that people must read.
func replaceable(r ending.Reason) bool {
	return r == ending.Cancelled || r == ending.Expired || r == ending.Superseded
}

// renew ends this offer and makes a new one with the same form.
func (s *Side) renew() {
	if s.talk == nil || !s.state.Call.renewable() {
		return
	}
	s.state.Call.Renewing = true
	s.talk.End()
	s.show()
}

// turnQR shows the QR code, or the nine digits again.
func (s *Side) turnQR() {
	c := s.state.Call
	s.state.Call.ShowsQR = !c.ShowsQR && c.Frame != "" && c.offers()
	s.show()
}

// readback gives the digits that the agent heard to session, which alone knows
// whether they are right.
func (s *Side) readback(digits string) {
	if s.talk == nil || s.state.Call.Phase == call.Securing {
		return
	}
	s.state.Call.Wrong, s.state.Call.Early = false, false
	s.talk.Readback(digits)
	s.show()
}

func (s *Side) say(text string) {
	if s.talk == nil || s.state.Call.Phase != call.Secure {
		return
	}
	s.state.Call = s.state.Call.said(text)
	s.talk.Say(text)
	s.show()
}

// hangUp ends the call. A secure call asks first: there is something to lose.
func (s *Side) hangUp() {
	if s.state.Call.Phase == call.Secure && !s.state.Leave {
		s.state.Leave = true
		s.show()
		return
	}
	s.endCall()
}

// rested makes a press count only once its screen has been there for a moment.
func (s *Side) rested(do func()) func() {
	return func() {
		if s.stage.Now().Sub(s.arrived) >= rest {
			do()
		}
	}
}

// cancelStart takes back the wish for a code.
func (s *Side) cancelStart() {
	s.endCall()
	s.show()
}

// endCall ends the call for good: no new code follows, even where one was
// wished for a moment before.
func (s *Side) endCall() {
	s.state.Call.Renewing = false
	if s.talk != nil {
		s.talk.End()
	}
}

// goOn takes back the wish to end a secure call.
func (s *Side) goOn() {
	s.state.Leave = false
	s.show()
}

// newCall goes back to the form. The customer is kept only where another try
// with the same customer is right.
func (s *Side) newCall() {
	s.state.Form = s.state.again().allowed(s.state.Shift)
	s.home()
}

// home shows the form, or signing in when the shift has ended meanwhile.
func (s *Side) home() {
	if s.signingOut() {
		return
	}
	s.work.leave()
	if over, _ := s.state.shiftEnds(s.stage.Now()); over {
		s.signInAgain()
		return
	}
	s.state.Place, s.state.Problem, s.state.Told, s.state.Working, s.state.Unfinished = KindForm, "", "", "", false
	s.state.Found = Found{}
	s.view = nil
	s.takeWaiting()
	s.ask()
	s.show()
}

// history lists the own calls.
func (s *Side) history() {
	if s.signingOut() {
		return
	}
	s.state.Place, s.state.Working, s.state.Problem, s.state.Past = KindHistory, "agent.history.working", "", nil
	s.show()
	beside(s, &s.work, s.self.History, func(past []session.Past, err error) {
		s.state.Working, s.state.Past = "", past
		if err != nil {
			s.state.Problem, s.state.Family = ending.Of(err, ending.NoKeyring), advice.ForStart
		}
		s.show()
	})
}

// goTo shows another place.
func (s *Side) goTo(next State) {
	s.work.leave()
	s.state = next
	s.view = nil
	s.show()
}
